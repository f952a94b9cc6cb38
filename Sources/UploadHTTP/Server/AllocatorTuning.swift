import CMalloc

/// Tunes glibc's allocator.
public enum AllocatorTuning {
    /// Keeps up to 8 MiB of freed memory in each of the allocator's arenas.
    ///
    /// By default glibc returns freed memory above some hundred kilobytes to the system at once. A server allocates a
    /// receive buffer of that size for each read, so the kernel would clear and map its pages every time, which took
    /// about a tenth of the CPU time of an upload. Affects the whole process: call it from `main`.
    public static func retainFreedMemory() {
        mallopt(M_TRIM_THRESHOLD, 8 << 20)
        // Set explicitly, because setting either threshold disables glibc's own adaptation of both.
        mallopt(M_MMAP_THRESHOLD, 4 << 20)
    }
}
