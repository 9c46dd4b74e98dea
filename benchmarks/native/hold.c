/* Clients that are connected and registered and do nothing, the first of which holds locks: until the end of the input. */
#include <stdio.h>
#include <unistd.h>
#include "load.h"

void hold(const struct options *options)
{
    char byte, path[256];
    int first = -1;
    for (int i = 0; i < options->clients; i++) {
        int client = connect_as(options->socket, FIRST_OWNER + (uint32_t)i);
        if (i == 0)
            first = client;
    }
    for (int i = 0; i < options->count; i++) {
        make_file(path, options, "held", i);
        acquire_or_fail(first, path);
    }

    printf("{\"held\":%d}\n", options->count);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
}
