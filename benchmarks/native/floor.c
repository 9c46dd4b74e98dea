/*
 * The floor: what serving lock requests costs on this kernel when nothing but the system calls is done. One epoll thread that reads
 * requests, opens, fstats and locks the file or closes it, and replies. It keeps no owners, no names and no indices: a release closes
 * what the same connection acquired last. Good for measuring, for nothing else. floor SOCKET
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "wire.h"

enum { BATCH = 256, TURN_SIZE = 4096, INPUT_SIZE = 65536, BACKLOG = 30 };

struct connection {
    int socket;
    int *held;
    int held_count, held_room;
    uint8_t *rest; /* the start of a request whose end has not come yet */
    size_t rest_length;
};

static const char *socket_path;

static void die(const char *call)
{
    perror(call);
    exit(1);
}

static void end(int signal_number)
{
    (void)signal_number;
    unlink(socket_path);
    _exit(0);
}

static uint8_t *reply_void(uint8_t *out, const uint8_t *request)
{
    put_header(out, HEADER_SIZE, get_word(request + AT_PROCEDURE), TYPE_REPLY, get_word(request + AT_SERIAL), STATUS_OK);
    return out + HEADER_SIZE;
}

static uint8_t *reply_busy(uint8_t *out, const uint8_t *request)
{
    uint8_t *at = out + AT_BODY;
    put_word(at, ERROR_RESOURCE_BUSY);
    put_word(at + 4, ERROR_DOMAIN_LOCKSPACE);
    put_word(at + 8, 1);
    at = put_string(at + 12, "resource busy: somebody holds this resource");
    put_word(at, 2);
    put_word(at + 4, 0);
    put_word(at + 8, 1);
    at = put_string(at + 12, "resource busy: %s");
    put_word(at, 1);
    at = put_string(at + 4, "somebody holds this resource");
    put_word(at, 0);
    put_word(at + 4, UINT32_MAX);
    put_word(at + 8, UINT32_MAX);
    put_word(at + 12, 0);
    at += 16;
    put_header(out, (uint32_t)(at - out), get_word(request + AT_PROCEDURE), TYPE_REPLY, get_word(request + AT_SERIAL), STATUS_ERROR);
    return at;
}

static int acquire(struct connection *connection, const uint8_t *request)
{
    const uint8_t *name = request + AT_BODY + 4 + ((get_word(request + AT_BODY) + 3) & ~3u);
    uint32_t length = get_word(name);
    char path[4096];
    if (length >= sizeof path)
        return -1;
    memcpy(path, name + 4, length);
    path[length] = 0;

    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
    struct stat status;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return -1;
    if (fstat(file, &status) < 0 || fcntl(file, F_OFD_SETLK, &lock) < 0) {
        close(file);
        return -1;
    }

    if (connection->held_count == connection->held_room) {
        connection->held_room = connection->held_room ? connection->held_room * 2 : 4;
        connection->held = realloc(connection->held, sizeof(int) * (size_t)connection->held_room);
    }
    connection->held[connection->held_count++] = file;
    return 0;
}

static uint8_t *answer(struct connection *connection, const uint8_t *request, uint8_t *out)
{
    switch (get_word(request + AT_PROCEDURE)) {
    case ACQUIRE:
        if (acquire(connection, request) < 0)
            return reply_busy(out, request);
        break;
    case RELEASE:
        if (connection->held_count > 0)
            close(connection->held[--connection->held_count]);
        break;
    }
    return reply_void(out, request);
}

static void drop(struct connection *connection)
{
    while (connection->held_count > 0)
        close(connection->held[--connection->held_count]);
    close(connection->socket);
    free(connection->held);
    free(connection->rest);
    free(connection);
}

static void serve(struct connection *connection)
{
    static uint8_t input[INPUT_SIZE], output[INPUT_SIZE];
    memcpy(input, connection->rest, connection->rest_length);
    ssize_t received = recv(connection->socket, input + connection->rest_length, TURN_SIZE, MSG_DONTWAIT);
    if (received <= 0) {
        if (received == 0 || errno != EAGAIN)
            drop(connection);
        return;
    }

    size_t length = connection->rest_length + (size_t)received, at = 0;
    uint8_t *out = output;
    while (length - at >= HEADER_SIZE && length - at >= get_word(input + at)) {
        out = answer(connection, input + at, out);
        at += get_word(input + at);
    }

    connection->rest_length = length - at;
    if (connection->rest_length > 0) {
        if (!connection->rest)
            connection->rest = malloc(INPUT_SIZE);
        memcpy(connection->rest, input + at, connection->rest_length);
    }
    /* Blocks when the client does not read; the clients of the benchmarks do. */
    if (out > output && send(connection->socket, output, (size_t)(out - output), MSG_NOSIGNAL) < 0)
        drop(connection);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: floor SOCKET\n");
        return 64;
    }

    socket_path = argv[1];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(socket_path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0)
        die("bind");
    if (listen(listener, BACKLOG) < 0)
        die("listen");
    signal(SIGTERM, end);

    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event ready[BATCH];
        int count = epoll_wait(poller, ready, BATCH, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.ptr) {
                serve(ready[i].data.ptr);
                continue;
            }

            int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (client < 0)
                continue;
            struct ucred credentials;
            socklen_t size = sizeof credentials;
            getsockopt(client, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
            struct connection *connection = calloc(1, sizeof *connection);
            connection->socket = client;
            event.data.ptr = connection;
            epoll_ctl(poller, EPOLL_CTL_ADD, client, &event);
        }
    }
}
