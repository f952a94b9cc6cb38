import Glibc

extension POSIXFileSystem {
    /// Brings a range of a file into the page cache and waits for it, copying nothing. What cannot be brought in is left
    /// where it is: whoever reads it then waits, or learns what is wrong.
    public func populate(_ file: POSIXFile, _ range: Range<UInt64>) {
        let pageBytes = UInt64(max(1, sysconf(CInt(_SC_PAGESIZE))))
        let start = range.lowerBound / pageBytes * pageBytes
        guard let offset = off_t(exactly: start), let length = Int(exactly: range.upperBound - start), length > 0,
            let address = mmap(nil, length, PROT_READ, MAP_SHARED, file.descriptor, offset), address != MAP_FAILED
        else { return }
        // MADV_POPULATE_READ of Linux 5.14, not in these headers: reads in what is missing, and says so where it cannot. An
        // older kernel refuses it; reading ahead then has to do.
        let populateRead: CInt = 22
        if madvise(address, length, populateRead) != 0, errno == EINVAL {
            posix_fadvise(file.descriptor, offset, off_t(length), CInt(POSIX_FADV_WILLNEED))
        }
        munmap(address, length)
    }
}
