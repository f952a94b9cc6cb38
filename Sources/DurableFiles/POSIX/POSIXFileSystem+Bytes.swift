import Glibc

extension POSIXFileSystem {
    public func read(
        _ file: POSIXFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(FileError) -> Int {
        try file.requireOpen("pread")
        let start = try position(offset, "pread", file)
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = try uninterrupted {
                pread(file.descriptor, base + done, buffer.count - done, start + off_t(done))
            }.get("pread", file.path)
            if count == 0 { break }
            done += count
        }
        return done
    }

    public func write(_ file: POSIXFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        try file.requireOpen("pwrite")
        let start = try position(offset, "pwrite", file)
        guard let base = bytes.baseAddress else { return }
        guard bytes.count <= off_t.max - start else { throw FileError(.invalid, call: "pwrite", path: file.path) }
        var done = 0
        while done < bytes.count {
            let count = try uninterrupted {
                pwrite(file.descriptor, base + done, bytes.count - done, start + off_t(done))
            }.get("pwrite", file.path)
            // A write of more than nothing that transfers nothing would never end.
            guard count > 0 else { throw FileError(.io, call: "pwrite", path: file.path) }
            done += count
        }
    }
}
