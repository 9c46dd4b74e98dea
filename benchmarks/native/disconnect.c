/*
 * How long after the death of a process its lock is free, while somebody else holds others: asked of the kernel, which needs no daemon to
 * answer; and how long until another client has the lease.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "load.h"

static const uint64_t bound = 10000000000u;

static bool is_locked(int file)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
    if (fcntl(file, F_OFD_GETLK, &lock) < 0)
        fail("fcntl: %s", strerror(errno));
    return lock.l_type != F_UNLCK;
}

/* A process that holds the lease through its own connection, as QEMU does. */
static pid_t start_victim(const struct options *options, const char *path)
{
    int ready[2];
    char byte;
    if (pipe(ready) < 0)
        fail("pipe: %s", strerror(errno));
    pid_t victim = fork();
    if (victim == 0) {
        int client = connect_as(options->socket, (uint32_t)getpid());
        acquire_or_fail(client, path);
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }

    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        fail("the process that was to die could not take its lock");
    close(ready[0]);
    return victim;
}

void disconnect(const struct options *options)
{
    char path[256];
    uint8_t packet[512];
    signal(SIGCHLD, SIG_IGN); /* reaped at once: the daemon must not take a zombie for a live process */
    int holder = connect_as(options->socket, FIRST_OWNER);
    for (int i = 0; i < options->count; i++) {
        make_file(path, options, "held", i);
        acquire_or_fail(holder, path);
    }

    make_file(path, options, "victim", 0);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = encode_resource(packet, ACQUIRE, path);
    struct samples freed = { 0 }, granted = { 0 };
    for (int i = 0; i < options->samples; i++) {
        pid_t victim = start_victim(options, path);
        uint64_t begin = now();
        kill(victim, SIGKILL);
        while (is_locked(file)) {
            if (now() - begin > bound)
                fail("the lock is not free 10 s after its owner's death");
            sched_yield(); /* the dying process and the daemon want the processor too */
        }
        add_sample(&freed, now() - begin);

        /* A model may let go of its entry a moment after the kernel's lock. */
        while (call(holder, packet, length) != 0)
            if (now() - begin > bound)
                fail("nobody else gets the lease 10 s after its owner's death");
        add_sample(&granted, now() - begin);
        release_or_fail(holder, path);
    }

    printf("{\"freed\":{");
    print_samples(&freed);
    printf("},\"granted\":{");
    print_samples(&granted);
    printf("}}\n");
}
