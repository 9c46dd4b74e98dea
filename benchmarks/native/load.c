/*
 * The load generator of the side-by-side benchmarks: one thread, so that the daemon under test has a core for itself on a machine with two.
 *
 *   load MODE [NAME=VALUE...] [-- DAEMON ARGUMENT...]
 *
 * Each mode prints one line of JSON; durations are in microseconds.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "load.h"

struct mode {
    const char *name;
    void (*run)(const struct options *options);
};

static const struct mode modes[] = {
    { "ping-pong", ping_pong },   /* clients, depth, seconds, warm-up, shared-file */
    { "churn", churn },           /* seconds, warm-up */
    { "pipeline", pipeline },     /* count: requests */
    { "disconnect", disconnect }, /* count: locks of others, samples */
    { "hold", hold },             /* clients, count: locks; until the end of the input */
    { "start", start },           /* samples; the daemon's command line */
    { "upgrade", upgrade },       /* pid, clients, count: locks of others, samples */
};

static void set(struct options *options, const char *setting)
{
    const char *value = strchr(setting, '=');
    if (!value)
        fail("%s is not NAME=VALUE", setting);
    size_t length = (size_t)(value++ - setting);
#define IS(name) (length == sizeof(name) - 1 && strncmp(setting, name, length) == 0)
    if (IS("socket"))
        options->socket = value;
    else if (IS("directory"))
        options->directory = value;
    else if (IS("clients"))
        options->clients = atoi(value);
    else if (IS("depth"))
        options->depth = atoi(value);
    else if (IS("count"))
        options->count = atoi(value);
    else if (IS("pid"))
        options->pid = atoi(value);
    else if (IS("samples"))
        options->samples = atoi(value);
    else if (IS("seconds"))
        options->seconds = atof(value);
    else if (IS("warm-up"))
        options->warm_up = atof(value);
    else if (IS("shared-file"))
        options->shared_file = strcmp(value, "true") == 0;
    else
        fail("%s is no setting", setting);
#undef IS
}

int main(int argc, char **argv)
{
    struct options options = { .clients = 1, .depth = 1, .samples = 1, .seconds = 1 };
    signal(SIGPIPE, SIG_IGN);
    for (int i = 2; i < argc && !options.command; i++) {
        if (strcmp(argv[i], "--") == 0)
            options.command = argv + i + 1;
        else
            set(&options, argv[i]);
    }

    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(modes[i].name, argv[1]) == 0) {
            modes[i].run(&options);
            return 0;
        }
    }

    fprintf(stderr, "usage: load MODE [NAME=VALUE...] [-- DAEMON ARGUMENT...]\nmodes:");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        fprintf(stderr, " %s", modes[i].name);
    fprintf(stderr, "\n");
    return 64;
}
