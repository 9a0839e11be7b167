/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quicksort and recursion: many calls and stores. */
#include "clock.h"
#include "platform.h"

static uint32_t numbers[4096];

static void quicksort(uint32_t *a, int low, int high)
{
    while (low < high) {
        uint32_t pivot = a[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                uint32_t t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        quicksort(a, low, j);
        low = i;
    }
}

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

int firmware_main(void)
{
    clock_120mhz();
    uint32_t sum = 0, state = 1;
    for (unsigned round = 0; round < 150; round++) {
        for (unsigned i = 0; i < 4096; i++)
            numbers[i] = state = state * 1664525 + 1013904223;
        quicksort(numbers, 0, 4095);
        sum += numbers[round] + fibonacci(20);
    }
    console_hex(sum + fibonacci(30));
    console_text("\n");
    return 0;
}
