/*
 * What busy clients notice of a daemon that is told to replace itself (SIGUSR1): how long the longest of their requests takes, and which
 * replies never come. Others hold locks meanwhile, which the daemon has to take along.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "load.h"

enum { PACKET_ROOM = 512 };

static const uint64_t before = 50000000u;   /* how long the clients are busy before the signal */
static const uint64_t observed = 700000000u; /* and after it */
static const uint64_t bound = 1500000000u;  /* when a reply counts as lost */

struct client {
    int socket;
    bool releases;
    uint64_t sent_at; /* 0 when nothing is in flight */
    uint8_t packets[2][PACKET_ROOM];
    size_t lengths[2];
};

static int next_number;

static void begin(const struct options *options, struct client *client)
{
    char path[256];
    int number = next_number++;
    make_file(path, options, "busy", number);
    *client = (struct client){ .socket = connect_as(options->socket, FIRST_OWNER + 1 + (uint32_t)number) };
    client->lengths[0] = encode_resource(client->packets[0], ACQUIRE, path);
    client->lengths[1] = encode_resource(client->packets[1], RELEASE, path);
}

static void send_next(struct client *client)
{
    client->sent_at = now();
    if (send(client->socket, client->packets[client->releases], client->lengths[client->releases], MSG_NOSIGNAL) < 0)
        fail("send: %s", strerror(errno));
    client->releases = !client->releases;
}

/* Takes a reply if there is one; returns how long it took, or 0. */
static uint64_t take_reply(struct client *client)
{
    uint8_t reply[4096];
    ssize_t received = recv(client->socket, reply, sizeof reply, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN)
        return 0;
    if (received < HEADER_SIZE)
        fail("the daemon closed a connection or sent half a reply");
    if (get_word(reply + AT_STATUS) != STATUS_OK)
        fail("refused with code %u", get_word(reply + AT_BODY));
    uint64_t duration = now() - client->sent_at;
    client->sent_at = 0;
    return duration;
}

/* One upgrade; returns the longest wait and adds to the lost replies. */
static uint64_t upgrade_once(const struct options *options, struct client *clients, long *lost)
{
    uint64_t started = now(), longest = 0;
    bool signalled = false;
    struct pollfd waits[options->clients];
    for (;;) {
        uint64_t time = now();
        if (!signalled && time - started > before) {
            if (kill(options->pid, SIGUSR1) < 0)
                fail("kill: %s", strerror(errno));
            signalled = true;
        }

        int busy = 0;
        for (int i = 0; i < options->clients; i++) {
            if (clients[i].sent_at == 0 && time - started < before + observed)
                send_next(&clients[i]);
            busy += clients[i].sent_at != 0;
            waits[i] = (struct pollfd){ .fd = clients[i].sent_at != 0 ? clients[i].socket : -1, .events = POLLIN };
        }
        if (busy == 0)
            return longest;

        poll(waits, (nfds_t)options->clients, 100);
        for (int i = 0; i < options->clients; i++) {
            if (waits[i].fd < 0)
                continue;
            uint64_t duration = waits[i].revents ? take_reply(&clients[i]) : 0;
            if (signalled && duration > longest)
                longest = duration;
            if (clients[i].sent_at != 0 && now() - clients[i].sent_at > bound) {
                ++*lost;
                close(clients[i].socket);
                begin(options, &clients[i]);
            }
        }
    }
}

void upgrade(const struct options *options)
{
    char path[256];
    int holder = connect_as(options->socket, FIRST_OWNER);
    for (int i = 0; i < options->count; i++) {
        make_file(path, options, "held", i);
        acquire_or_fail(holder, path);
    }

    struct client *clients = calloc((size_t)options->clients, sizeof *clients);
    for (int i = 0; i < options->clients; i++)
        begin(options, &clients[i]);
    struct samples pauses = { 0 };
    long lost = 0;
    for (int i = 0; i < options->samples; i++)
        add_sample(&pauses, upgrade_once(options, clients, &lost));

    /* What was held before is held now. */
    for (int i = 0; i < options->count; i++) {
        make_file(path, options, "held", i);
        release_or_fail(holder, path);
    }

    printf("{\"lost\":%.3f,", (double)lost / options->samples);
    print_samples(&pauses);
    printf("}\n");
}
