/* One client that connects, registers, acquires, releases and closes, over and over. */
#include <stdio.h>
#include <unistd.h>
#include "load.h"

void churn(const struct options *options)
{
    char path[256];
    make_file(path, options, "image", 0);
    uint64_t measured_from = now() + (uint64_t)(options->warm_up * 1e9);
    uint64_t measured_until = measured_from + (uint64_t)(options->seconds * 1e9);
    struct samples cycles = { 0 };
    for (uint64_t time = now(); time < measured_until;) {
        int client = connect_as(options->socket, FIRST_OWNER);
        acquire_or_fail(client, path);
        release_or_fail(client, path);
        close(client);
        uint64_t end = now();
        if (time >= measured_from)
            add_sample(&cycles, end - time);
        time = end;
    }

    printf("{\"rate\":%.1f,", (double)cycles.count / options->seconds);
    print_samples(&cycles);
    printf("}\n");
}
