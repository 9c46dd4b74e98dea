/* How long from exec until the daemon answers its first request. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "load.h"

static const uint64_t bound = 10000000000u;

static uint64_t start_once(const struct options *options)
{
    uint64_t begin = now();
    pid_t daemon = fork();
    if (daemon == 0) {
        int null = open("/dev/null", O_RDWR);
        for (int stream = 0; stream < 3; stream++)
            dup2(null, stream);
        execv(options->command[0], options->command);
        _exit(127);
    }

    int client;
    while ((client = connect_to(options->socket)) < 0) {
        if ((errno != ENOENT && errno != ECONNREFUSED) || now() - begin > bound || waitpid(daemon, NULL, WNOHANG) != 0)
            fail("%s does not come up", options->command[0]);
        usleep(50);
    }

    uint8_t packet[64];
    uint8_t *end = put_string(packet + AT_BODY, "");
    put_header(packet, (uint32_t)(end - packet), CREATE_LOCKSPACE, TYPE_CALL, 0, STATUS_OK);
    uint32_t error = call(client, packet, (size_t)(end - packet));
    uint64_t duration = now() - begin;
    if (error != 0)
        fail("the first request was refused with code %u", error);

    close(client);
    kill(daemon, SIGTERM);
    int status;
    if (waitpid(daemon, &status, 0) != daemon || status != 0)
        fail("%s ended with status %d", options->command[0], status);
    return duration;
}

void start(const struct options *options)
{
    if (!options->command || !options->command[0])
        fail("start needs the daemon's command line");
    struct samples starts = { 0 };
    for (int i = 0; i < options->samples; i++)
        add_sample(&starts, start_once(options));
    printf("{");
    print_samples(&starts);
    printf("}\n");
}
