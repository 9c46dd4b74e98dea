/*
 * Every client acquires and releases a file, over and over, with a fixed number of requests in flight. With one file for all, a client
 * that is told "busy" asks again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "load.h"

enum { BATCH = 256, MAXIMUM_DEPTH = 64, PACKET_ROOM = 512, INPUT_ROOM = 16384 };

struct client {
    int socket;
    bool releases; /* whether the next request is a release */
    uint32_t next_serial, next_reply;
    uint64_t sent_at[MAXIMUM_DEPTH];
    uint8_t packets[2][PACKET_ROOM];
    size_t lengths[2];
    uint8_t input[INPUT_ROOM];
    size_t input_length;
};

struct run {
    const struct options *options;
    uint64_t measured_from, measured_until;
    bool stopping;
    long in_flight, replies, all_replies, busy;
    struct samples latencies;
};

static size_t encode_next(struct run *run, struct client *client, uint8_t *out)
{
    size_t length = client->lengths[client->releases];
    memcpy(out, client->packets[client->releases], length);
    put_word(out + AT_SERIAL, client->next_serial);
    client->sent_at[client->next_serial % MAXIMUM_DEPTH] = now();
    client->next_serial++;
    client->releases = !client->releases;
    run->in_flight++;
    return length;
}

static void send_all(struct client *client, const uint8_t *bytes, size_t length)
{
    /* What is in flight fits the socket's buffer by far. */
    if (length > 0 && send(client->socket, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        fail("send: %s", strerror(errno));
}

static void on_reply(struct run *run, struct client *client, const uint8_t *reply)
{
    uint32_t serial = get_word(reply + AT_SERIAL);
    if (serial != client->next_reply)
        fail("a reply with serial %u, expected %u", serial, client->next_reply);
    client->next_reply++;
    run->in_flight--;
    run->all_replies++;

    uint64_t time = now();
    bool measured = time >= run->measured_from && time < run->measured_until;
    if (measured) {
        run->replies++;
        add_sample(&run->latencies, time - client->sent_at[serial % MAXIMUM_DEPTH]);
    }
    run->stopping = time >= run->measured_until;

    if (get_word(reply + AT_STATUS) != STATUS_OK) {
        uint32_t code = get_word(reply + AT_BODY);
        if (!run->options->shared_file || code != ERROR_RESOURCE_BUSY)
            fail("refused with code %u", code);
        client->releases = false;
        run->busy += measured;
    }
}

static void on_ready(struct run *run, struct client *client)
{
    ssize_t received = recv(client->socket, client->input + client->input_length, INPUT_ROOM - client->input_length, MSG_DONTWAIT);
    if (received <= 0) {
        if (received < 0 && errno == EAGAIN)
            return;
        fail("the daemon closed a connection");
    }
    client->input_length += (size_t)received;

    uint8_t output[MAXIMUM_DEPTH * PACKET_ROOM];
    size_t at = 0, out = 0;
    while (client->input_length - at >= HEADER_SIZE && client->input_length - at >= get_word(client->input + at)) {
        on_reply(run, client, client->input + at);
        at += get_word(client->input + at);
        /* After the end, only what is held is let go. */
        if (!run->stopping || (client->releases && client->next_reply == client->next_serial))
            out += encode_next(run, client, output + out);
    }
    client->input_length -= at;
    memmove(client->input, client->input + at, client->input_length);
    send_all(client, output, out);
}

void ping_pong(const struct options *options)
{
    if (options->depth > MAXIMUM_DEPTH || (options->shared_file && options->depth != 1))
        fail("at most %d requests in flight, and one when the file is shared", MAXIMUM_DEPTH);

    struct run run = { .options = options };
    struct client *clients = calloc((size_t)options->clients, sizeof *clients);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options->clients; i++) {
        char path[256];
        make_file(path, options, "image", options->shared_file ? 0 : i);
        clients[i].socket = connect_as(options->socket, FIRST_OWNER + (uint32_t)i);
        clients[i].lengths[0] = encode_resource(clients[i].packets[0], ACQUIRE, path);
        clients[i].lengths[1] = encode_resource(clients[i].packets[1], RELEASE, path);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &clients[i] };
        if (epoll_ctl(poller, EPOLL_CTL_ADD, clients[i].socket, &event) < 0)
            fail("epoll_ctl: %s", strerror(errno));
    }

    run.measured_from = now() + (uint64_t)(options->warm_up * 1e9);
    run.measured_until = run.measured_from + (uint64_t)(options->seconds * 1e9);
    for (int i = 0; i < options->clients; i++) {
        uint8_t output[MAXIMUM_DEPTH * PACKET_ROOM];
        size_t out = 0;
        for (int k = 0; k < options->depth; k++)
            out += encode_next(&run, &clients[i], output + out);
        send_all(&clients[i], output, out);
    }

    while (run.in_flight > 0) {
        struct epoll_event ready[BATCH];
        int count = epoll_wait(poller, ready, BATCH, 30000);
        if (count <= 0)
            fail("no reply within 30 s; %ld are missing", run.in_flight);
        for (int i = 0; i < count; i++)
            on_ready(&run, ready[i].data.ptr);
    }

    printf("{\"rate\":%.1f,\"busy\":%ld,\"replies\":%ld,", (double)run.replies / options->seconds, run.busy, run.all_replies);
    print_samples(&run.latencies);
    printf("}\n");
}
