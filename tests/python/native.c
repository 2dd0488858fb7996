/* What a C library may do with memory; test_heap_native.py calls it by ctypes. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

/* Variables with the addresses of functions, as libxml2 and others have them. */
void *functions[] = {malloc, free, realloc};
/* The same in memory that is read-only after loading. */
void *const fixed[] = {calloc, free};

/* 1,020 MiB: realloc from 1 to 300, aligned 200, posix_memalign 150, mapped 250, realloc(NULL) 120. */
long much(void) {
    void *grown = NULL, *posix = NULL;
    for (size_t size = 1; size <= 300; size++)
        grown = realloc(grown, size * MIB);
    void *aligned = aligned_alloc(64, 200 * MIB);
    int error = posix_memalign(&posix, 4096, 150 * MIB);
    void *mapped =
        mmap(NULL, 250 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *fresh = realloc(NULL, 120 * MIB);
    return grown && aligned && !error && mapped != MAP_FAILED && fresh;
}

/* By every function that makes a block, 1, 2, 4, ... 512 bytes and the 16 of strndup: 1,039. */
long one_of_each(void **to) {
    static char text[256];
    memset(text, 'x', 255);
    to[0] = malloc(1);
    to[1] = calloc(2, 1);
    to[2] = realloc(NULL, 4);
    to[3] = reallocarray(NULL, 2, 4);
    to[4] = memalign(16, 16);
    to[5] = aligned_alloc(32, 32);
    posix_memalign(&to[6], 64, 64);
    to[7] = valloc(128);
    to[8] = strdup(text);
    to[9] = strndup(text, 15);
    to[10] = pvalloc(512);
    return 11;
}

void *make(size_t size) { return malloc(size); }
void *make_zeroed(size_t size) { return ((void *(*)(size_t, size_t))fixed[0])(1, size); }
void *make_by_variable(size_t size) { return ((void *(*)(size_t))functions[0])(size); }
void *grow(void *block, size_t size) { return realloc(block, size); }
void drop(void *block) { free(block); }

void *map(size_t size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
void *map_at(void *at, size_t size) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    return mmap(at, size, PROT_READ, flags, -1, 0);
}
void *map_file(void *at, size_t size, int file) {
    return mmap(at, size, PROT_READ, MAP_PRIVATE | (at ? MAP_FIXED : 0), file, 0);
}
int unmap(void *at, size_t size) { return munmap(at, size); }
void *remap(void *at, size_t size, size_t to) { return mremap(at, size, to, MREMAP_MAYMOVE); }
void *remap_here(void *at, size_t size, size_t to) { return mremap(at, size, to, 0); }
void *remap_to(void *at, size_t size, void *to) {
    return mremap(at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

/* What must fail: the number of the first call that does not, or whose errno is not as it should. */
long failures(void *block) {
    size_t most = SIZE_MAX / 2 + 4096;
    void *to = &most;
    errno = 0;
    if (malloc(most) || errno != ENOMEM) return 1;
    errno = 0;
    if (calloc(most, 4) || errno != ENOMEM) return 2;
    errno = 0;
    if (realloc(block, most) || errno != ENOMEM) return 3;
    errno = 0;
    if (reallocarray(block, most, 4) || errno != ENOMEM) return 4;
    errno = 7;
    if (posix_memalign(&to, 3, 8) != EINVAL || errno != 7 || to != &most) return 5;
    errno = 0;
    if (mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ||
        errno != EINVAL)
        return 6;
    errno = 0;
    if (munmap((char *)block + 1, 4096) != -1 || errno != EINVAL) return 7;
    errno = 7;
    free(NULL);
    if (errno != 7) return 8;
    void *small = malloc(10);
    if (errno != 7 || !small) return 9;
    free(small);
    if (errno != 7) return 10;
    return 0;
}

/* Two blocks by a thread that Python knows nothing of; the second one when it is nearly gone. */
static pthread_key_t key;
static void *last;
static void at_exit_of_thread(void *block) {
    free(block);
    last = malloc(2000);
    free(malloc(4000));
}
static void *allocate(void *size) {
    pthread_setspecific(key, malloc(500));
    return malloc((size_t)size);
}
void *in_thread(size_t size) {
    static int made;
    pthread_t thread;
    void *block;
    if (!made) pthread_key_create(&key, at_exit_of_thread);
    made = 1;
    pthread_create(&thread, NULL, allocate, (void *)size);
    pthread_join(thread, &block);
    return block;
}
void *last_of_thread(void) { return last; }

/* Blocks made and freed again, `count` times. */
long churn(long count) {
    void *kept[16] = {0};
    for (long i = 0; i < count; i++) {
        void **place = &kept[i & 15];
        if (i & 16)
            *place = realloc(*place, 40 + (i & 1023));
        else {
            free(*place);
            *place = malloc(24 + (i & 511));
        }
        if (!(i & 255)) munmap(map(8192), 8192);
    }
    for (int i = 0; i < 16; i++)
        free(kept[i]);
    return count;
}

/* Maps and unmaps memory wherever the program is at the moment, until `stop_signals`. */
static volatile long signals;
static void on_signal(int number) {
    int error = errno;
    munmap(map(12288), 12288);
    signals++;
    errno = error;
}
long start_signals(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct itimerval every = {{0, 200}, {0, 200}};
    return sigaction(SIGPROF, &action, NULL) || setitimer(ITIMER_PROF, &every, NULL);
}
long stop_signals(void) {
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_PROF, &never, NULL);
    return signals;
}
