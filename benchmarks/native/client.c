#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "load.h"

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    exit(1);
}

int connect_to(const char *socket_path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(socket_path) >= sizeof address.sun_path)
        fail("%s is too long for a socket", socket_path);
    strcpy(address.sun_path, socket_path);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0)
        fail("socket: %s", strerror(errno));
    if (connect(client, (struct sockaddr *)&address, sizeof address) == 0)
        return client;
    int error = errno;
    close(client);
    errno = error;
    return -1;
}

int connect_or_fail(const char *socket_path)
{
    int client = connect_to(socket_path);
    if (client < 0)
        fail("connect to %s: %s", socket_path, strerror(errno));
    return client;
}

size_t encode_register(uint8_t *packet, uint32_t owner)
{
    static const uint8_t uuid[16] = { 0xbe, 0xac };
    memcpy(packet + AT_BODY, uuid, sizeof uuid);
    uint8_t *at = put_string(packet + AT_BODY + sizeof uuid, "bench");
    put_word(at, 1);
    put_word(at + 4, owner);
    put_word(at + 8, 0);
    size_t length = (size_t)(at + 12 - packet);
    put_header(packet, (uint32_t)length, REGISTER, TYPE_CALL, 0, STATUS_OK);
    return length;
}

size_t encode_resource(uint8_t *packet, uint32_t procedure, const char *file)
{
    uint8_t *at = put_string(packet + AT_BODY, "");
    at = put_string(at, file);
    put_word(at, 0);
    size_t length = (size_t)(at + 4 - packet);
    put_header(packet, (uint32_t)length, procedure, TYPE_CALL, 0, STATUS_OK);
    return length;
}

static void receive(int socket, uint8_t *buffer, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t received = recv(socket, buffer + at, length - at, 0);
        if (received <= 0)
            fail("the daemon closed a connection");
        at += (size_t)received;
    }
}

uint32_t call(int socket, const uint8_t *packet, size_t length)
{
    uint8_t reply[4096];
    if (send(socket, packet, length, MSG_NOSIGNAL) != (ssize_t)length)
        fail("send: %s", strerror(errno));
    receive(socket, reply, HEADER_SIZE);
    size_t rest = get_word(reply + AT_LENGTH) - HEADER_SIZE;
    if (rest > sizeof reply - HEADER_SIZE)
        fail("a reply of %zu bytes", rest);
    receive(socket, reply + HEADER_SIZE, rest);
    return get_word(reply + AT_STATUS) == STATUS_OK ? 0 : get_word(reply + AT_BODY);
}

int connect_as(const char *socket_path, uint32_t owner)
{
    uint8_t packet[128];
    int client = connect_or_fail(socket_path);
    uint32_t error = call(client, packet, encode_register(packet, owner));
    if (error != 0)
        fail("REGISTER refused with code %u", error);
    return client;
}

void acquire_or_fail(int socket, const char *file)
{
    uint8_t packet[512];
    uint32_t error = call(socket, packet, encode_resource(packet, ACQUIRE, file));
    if (error != 0)
        fail("acquiring %s refused with code %u", file, error);
}

void release_or_fail(int socket, const char *file)
{
    uint8_t packet[512];
    uint32_t error = call(socket, packet, encode_resource(packet, RELEASE, file));
    if (error != 0)
        fail("releasing %s refused with code %u", file, error);
}

void make_file(char path[256], const struct options *options, const char *kind, int number)
{
    if (snprintf(path, 256, "%s/%s-%d.img", options->directory, kind, number) >= 256)
        fail("%s is too long", options->directory);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        fail("%s: %s", path, strerror(errno));
    close(file);
}
