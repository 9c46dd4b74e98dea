#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "load.h"

uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void add_sample(struct samples *samples, uint64_t nanoseconds)
{
    if (samples->count == samples->room) {
        samples->room = samples->room ? samples->room * 2 : 1 << 16;
        samples->values = realloc(samples->values, samples->room * sizeof *samples->values);
        if (!samples->values)
            fail("no memory for samples");
    }
    samples->values[samples->count++] = nanoseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)nanoseconds;
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double percentile(const struct samples *samples, double share)
{
    if (samples->count == 0)
        return 0;
    return samples->values[(size_t)(share * (double)(samples->count - 1))] / 1e3;
}

void print_samples(struct samples *samples)
{
    qsort(samples->values, samples->count, sizeof *samples->values, compare);
    printf("\"samples\":%zu,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f", samples->count, percentile(samples, 0.5),
        percentile(samples, 0.99), percentile(samples, 0.999), percentile(samples, 1));
}
