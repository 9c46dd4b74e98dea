/*
 * One client sends all its requests without waiting for replies; another one, with one request in flight, measures how long it waits
 * meanwhile. The other is a process of its own, so that what this generator does with the flood is not in the figures.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "load.h"

enum { PACKET_ROOM = 512, REPLY_ROOM = 65536 };

struct shared {
    volatile int ready, flooding, done;
};

static void flood(const struct options *options, struct shared *shared)
{
    char path[256];
    make_file(path, options, "image", 0);
    int client = connect_as(options->socket, FIRST_OWNER);
    uint8_t *requests = malloc((size_t)options->count * PACKET_ROOM), *end = requests;
    for (int i = 0; i < options->count; i++)
        end += encode_resource(end, i % 2 == 0 ? ACQUIRE : RELEASE, path);

    while (!shared->ready)
        usleep(100);
    shared->flooding = 1;
    uint8_t *next = requests, replies[REPLY_ROOM];
    size_t expected = (size_t)options->count * HEADER_SIZE, got = 0;
    while (got < expected) {
        struct pollfd wait = { .fd = client, .events = (short)(POLLIN | (next < end ? POLLOUT : 0)) };
        if (poll(&wait, 1, 30000) <= 0)
            fail("no reply within 30 s");
        if (wait.revents & POLLOUT) {
            ssize_t sent = send(client, next, (size_t)(end - next), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN)
                fail("send: %s", strerror(errno));
            next += sent > 0 ? sent : 0;
        }
        if (wait.revents & POLLIN) {
            ssize_t received = recv(client, replies, sizeof replies, MSG_DONTWAIT);
            if (received <= 0)
                fail("the daemon closed a connection");
            got += (size_t)received;
        }
    }
    shared->done = 1;
    free(requests);
}

static void measure(const struct options *options, struct shared *shared)
{
    char path[256];
    make_file(path, options, "image", 1);
    int client = connect_as(options->socket, FIRST_OWNER + 1);
    uint8_t packets[2][PACKET_ROOM];
    size_t lengths[2] = { encode_resource(packets[0], ACQUIRE, path), encode_resource(packets[1], RELEASE, path) };
    struct samples waits = { 0 };
    for (int i = 0; !shared->done || i % 2 != 0; i++) {
        bool counted = shared->flooding;
        uint64_t begin = now();
        if (call(client, packets[i % 2], lengths[i % 2]) != 0)
            fail("refused");
        if (counted)
            add_sample(&waits, now() - begin);
        shared->ready |= i >= 1000;
    }

    printf("{");
    print_samples(&waits);
    printf("}\n");
    fflush(stdout);
}

void pipeline(const struct options *options)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t other = fork();
    if (other == 0) {
        measure(options, shared);
        _exit(0);
    }

    flood(options, shared);
    int status;
    if (waitpid(other, &status, 0) != other || status != 0)
        fail("the other client failed");
}
