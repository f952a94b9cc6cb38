#pragma once
#include <stddef.h>
#include <sys/types.h>

/* Messages with descriptors beside their bytes (unix(7), SCM_RIGHTS). */

#define WHARF_DESCRIPTORS_MAX 4

/* Sends all bytes with the descriptors; -1 with errno. A peer that is gone is EPIPE and no signal. */
ssize_t wharf_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count);

/* Receives up to `count` bytes and at most WHARF_DESCRIPTORS_MAX descriptors, closed on exec: how many bytes; 0 at the end; -1
   with errno. */
ssize_t wharf_receive_descriptors(int socket, void *bytes, size_t count, int *descriptors, int *descriptor_count);
