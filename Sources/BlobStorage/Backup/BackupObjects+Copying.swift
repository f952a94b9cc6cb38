package import DurableFiles
import UploadCore

extension BackupObjects {
    /// The bytes that one job of the pool copies, so that other jobs get their turn.
    private static var stepBytes: UInt64 { 8 << 20 }

    /// A copy in progress, beside its final name.
    private struct Copy: Sendable {
        let source: Files.File
        let target: Files.File
    }

    private enum Opened: Sendable {
        case copy(Copy)
        case not(Outcome)
    }

    /// Copies ranges of an object to their places and renames the copy to its name, durable but for the name.
    func copy(_ key: ObjectKey, _ ranges: [Range<UInt64>]) async throws(FileError) -> Outcome {
        let (source, target, path) = (store.files, target, store.layout.path(of: key))
        let unfinished = path + Self.unfinishedSuffix
        let opened: Opened = try await store.pool.run { () throws(FileError) in
            let from: Files.File
            do throws(FileError) {
                from = try source.open(path, .read)
            } catch {
                return .not(Outcome(error))
            }
            do throws(FileError) {
                // Not the remains of another: a copy has exactly these ranges.
                _ = try target.remove(unfinished)
                return .copy(Copy(source: from, target: try target.open(unfinished, .creatingNew)))
            } catch {
                source.close(from)
                throw error
            }
        }
        let copy: Copy
        switch opened {
        case .copy(let opened): copy = opened
        case .not(let outcome): return outcome
        }
        let result: Result<Outcome, FileError>
        do throws(FileError) {
            result = .success(try await fill(copy, ranges, path))
        } catch {
            result = .failure(error)
        }
        return try await store.pool.run { () throws(FileError) in
            source.close(copy.source)
            target.close(copy.target)
            if case .success(.copied) = result {
                try target.rename(unfinished, to: path)
            } else {
                // Otherwise the next backup removes it.
                _ = try? target.remove(unfinished)
            }
            return try result.get()
        }
    }

    private func fill(_ copy: Copy, _ ranges: [Range<UInt64>], _ path: String) async throws(FileError) -> Outcome {
        var bytes: UInt64 = 0
        for range in ranges {
            var start = range.lowerBound
            while start < range.upperBound {
                guard !Task.isCancelled else { throw FileError(.other, call: "backup (cancelled)", path: path) }
                let step = start..<min(start + Self.stepBytes, range.upperBound)
                let problem = try await store.pool.run { () throws(FileError) in try fillStep(copy, step, path) }
                if let problem { return problem }
                start = step.upperBound
            }
            bytes += range.upperBound - range.lowerBound
        }
        let target = target
        try await store.pool.run { () throws(FileError) in try target.syncData(copy.target) }
        return .copied(bytes: bytes)
    }

    /// - Returns: What is wrong with the object of the store; nil if the step is copied. Blocks.
    private func fillStep(_ copy: Copy, _ range: Range<UInt64>, _ path: String) throws(FileError) -> Outcome? {
        try target.requireFree(UInt64(range.count), above: freeBytesMin)
        var start = range.lowerBound + target.transfer(range, of: copy.source, to: copy.target)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while start < range.upperBound {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[..<Int(min(UInt64(buffer.count), range.upperBound - start))])
            do throws(FileError) {
                guard try store.files.read(copy.source, into: part, at: start) == part.count else {
                    return .damaged("\(path) ends before its durable byte \(range.upperBound)")
                }
            } catch {
                return Outcome(error)
            }
            try target.write(copy.target, UnsafeRawBufferPointer(part), at: start)
            start += UInt64(part.count)
        }
        return nil
    }
}

extension FileSystem {
    /// - Throws: code `noSpace` if `count` bytes would leave less than `minimum`.
    package func requireFree(_ count: UInt64, above minimum: UInt64) throws(FileError) {
        let free = try freeBytes()
        guard free >= minimum, free - minimum >= count else {
            throw FileError(.noSpace, call: "a copy of \(count) bytes with \(free) free and \(minimum) kept", path: "")
        }
    }
}
