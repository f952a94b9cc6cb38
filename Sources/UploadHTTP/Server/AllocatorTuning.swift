import CMalloc

/// What the process does with memory that it has freed.
public enum AllocatorTuning {
    /// Keeps up to 8 MiB of each of the allocator's arenas for what is allocated next.
    ///
    /// By default glibc gives more than some hundred kilobytes back to the system at once. A server allocates a receive buffer
    /// of that size for each read, and would have the kernel clear and map its pages anew every time: that was about
    /// a tenth of the CPU time of an upload. For the whole process, so it is for a server's `main` to call.
    public static func retainFreedMemory() {
        mallopt(M_TRIM_THRESHOLD, 8 << 20)
        // Said explicitly, because setting one of the two ends glibc's own adaptation of both.
        mallopt(M_MMAP_THRESHOLD, 4 << 20)
    }
}
