/* The lock protocol as far as the load generator and the floor speak it. */
#ifndef WIRE_H
#define WIRE_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

enum { LOCK_PROGRAM = 0x0EA7BEEF, LOCK_VERSION = 1 };
enum { REGISTER = 1, ACQUIRE = 6, RELEASE = 7, CREATE_LOCKSPACE = 8 };
enum { TYPE_CALL = 0, TYPE_REPLY = 1, STATUS_OK = 0, STATUS_ERROR = 1 };
enum { HEADER_SIZE = 28, ERROR_RESOURCE_BUSY = 87, ERROR_DOMAIN_LOCKSPACE = 51 };

/* Where the words of a header are. */
enum { AT_LENGTH = 0, AT_PROGRAM = 4, AT_VERSION = 8, AT_PROCEDURE = 12, AT_TYPE = 16, AT_SERIAL = 20, AT_STATUS = 24, AT_BODY = 28 };

static inline void put_word(uint8_t *at, uint32_t value)
{
    value = htonl(value);
    memcpy(at, &value, sizeof value);
}

static inline uint32_t get_word(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return ntohl(value);
}

/* Appends a string with its length and padding; returns where the next value goes. */
static inline uint8_t *put_string(uint8_t *at, const char *text)
{
    uint32_t length = (uint32_t)strlen(text);
    put_word(at, length);
    memset(at + 4 + (length & ~3u), 0, 4);
    memcpy(at + 4, text, length);
    return at + 4 + ((length + 3) & ~3u);
}

static inline void put_header(uint8_t *packet, uint32_t length, uint32_t procedure, uint32_t type, uint32_t serial, uint32_t status)
{
    put_word(packet + AT_LENGTH, length);
    put_word(packet + AT_PROGRAM, LOCK_PROGRAM);
    put_word(packet + AT_VERSION, LOCK_VERSION);
    put_word(packet + AT_PROCEDURE, procedure);
    put_word(packet + AT_TYPE, type);
    put_word(packet + AT_SERIAL, serial);
    put_word(packet + AT_STATUS, status);
}

#endif
