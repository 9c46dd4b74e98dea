/* What the modes of the load generator share. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wire.h"

/* Pids that no process has (above the kernel's limit of 2^22): an owner that is its own peer would be fenced when it disconnects. */
enum { FIRST_OWNER = 100000000 };

struct options {
    const char *socket;    /* the daemon's socket */
    const char *directory; /* where the files to lock are */
    int clients;
    int depth; /* requests in flight per client */
    int count; /* requests or locks, as the mode says */
    int samples;
    int pid; /* the daemon's */
    double seconds, warm_up;
    bool shared_file; /* all clients lock one file */
    char **command;   /* the daemon to start */
};

/* samples.c: durations in nanoseconds */
struct samples {
    uint32_t *values;
    size_t count, room;
};
uint64_t now(void);
void add_sample(struct samples *samples, uint64_t nanoseconds);
/* Prints count, p50, p99, p999 and max in microseconds as members of a JSON object; sorts the samples. */
void print_samples(struct samples *samples);

/* client.c: blocking conversations */
_Noreturn void fail(const char *format, ...);
int connect_to(const char *socket_path); /* -1 with errno when nobody listens */
int connect_or_fail(const char *socket_path);
size_t encode_register(uint8_t *packet, uint32_t owner);
size_t encode_resource(uint8_t *packet, uint32_t procedure, const char *file);
/* Sends one request and waits for its reply; 0, or the code of the error. */
uint32_t call(int socket, const uint8_t *packet, size_t length);
int connect_as(const char *socket_path, uint32_t owner);
void acquire_or_fail(int socket, const char *file);
void release_or_fail(int socket, const char *file);
/* The path of a file to lock, which is created when it is missing. */
void make_file(char path[256], const struct options *options, const char *kind, int number);

/* The modes; each prints one JSON object. */
void ping_pong(const struct options *options);
void churn(const struct options *options);
void pipeline(const struct options *options);
void disconnect(const struct options *options);
void hold(const struct options *options);
void start(const struct options *options);
void upgrade(const struct options *options);

#endif
