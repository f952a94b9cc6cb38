import DurableFiles
import Glibc
import ImagingWire
import Synchronization
import Testing
import UploadCore
import UploadDerivation

@testable import ImagingPool

@Suite struct ImagingPoolTests {
    @Test func `a working executable passes the check, and no worker starts before it is needed`() async throws {
        try await withPool(limits: testLimits(workers: 2)) { pool in
            #expect(pool.processIds == [])
            try await pool.check()
            #expect(pool.processIds.count == 1)
        }
    }

    @Test(arguments: [
        ("/bin/true", "exited without a handshake"), ("/bin/nothing", "cannot be started (errno 2)"),
        ("/bin/ls", "exited without a handshake"), ("/bin/expr", "does not start: /bin/expr: missing operand"),
    ])
    func `an executable that is not a worker is detected`(path: String, reason: String) async throws {
        let pool = try ImagingPool(executable: path)
        let trouble = await #expect(throws: WorkerStartError.self) { try await pool.check() }
        #expect(trouble?.description.contains(reason) == true, "\(trouble?.description ?? "")")
        let failure = await pool.failure(deriving: [1, 2, 3])
        #expect(failure?.cause == .unavailable)
        #expect(failure?.reason.contains("/bin") == false)
        await pool.close()
    }

    @Test func `a worker with an unknown argument does not start`() async throws {
        let executable = try #require(WorkerExecutable.find(path: nil))
        let pool = try ImagingPool(executable: executable, arguments: ["--nonsense"])
        let trouble = await #expect(throws: WorkerStartError.self) { try await pool.check() }
        let reason = trouble?.description ?? ""
        #expect(reason.hasSuffix("does not start: unknown argument: --nonsense"), "\(reason)")
        await pool.close()
    }

    @Test func `a file's own descriptor is used and not closed`() async throws {
        let picture = try Chart.picture().saved("jpegsave_buffer")
        let file = try TestFile(picture)
        defer { file.close() }
        let source = PhotoSource(size: UInt64(picture.count), file: file) { _ throws(UploadError) in
            throw UploadError(.unavailable(detail: "unexpected read"))
        }
        try await withPool(limits: testLimits()) { pool in
            // The offset of the descriptor does not matter.
            for offset in [0, 1000, picture.count] {
                lseek(file.descriptor, off_t(offset), SEEK_SET)
                let photo = try await pool.derive(source)
                #expect(photo.width == 400)
            }
        }
        #expect(fcntl(file.descriptor, F_GETFD) >= 0)
    }

    @Test func `a descriptor that could be written to is not handed to a worker`() async throws {
        let file = try TestFile([], access: O_RDWR)
        defer { file.close() }
        let picture = try Chart.picture().saved("jpegsave_buffer")
        let source = PhotoSource(size: UInt64(picture.count), file: file, read: PhotoSource(picture).read)
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(source) }
        #expect(photo.width == 400)
    }

    @Test func `a photo without a file is copied to the disk if it is large, and leaves no name there`() async throws {
        let directory = try ScratchFolder()
        // Padded after its end, which a decoder never reaches.
        let picture = try Chart.picture().saved("jpegsave_buffer")
        for size in [PhotoDescriptor.memoryBytesMax, PhotoDescriptor.memoryBytesMax + 1, 9 << 20] {
            let bytes = picture + [UInt8](repeating: 0, count: Int(size) - picture.count)
            let names = Mutex<[String]>([])
            let source = PhotoSource(size: size, file: nil) { range in
                names.withLock { $0 += directory.names }
                return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
            }
            let photo = try await withPool(limits: testLimits(), scratch: directory.scratch) { pool in
                try await pool.derive(source)
            }
            #expect(photo.width == 400)
            #expect(names.withLock { $0 } + directory.names == [])
        }
    }

    @Test func `a copy on the disk can be read only, and one in memory is sealed`() async throws {
        let directory = try ScratchFolder()
        let threads = ThreadPool(name: "copies", threads: 1)
        defer { threads.shutdown() }
        for size in [PhotoDescriptor.memoryBytesMax, PhotoDescriptor.memoryBytesMax + 1] {
            let source = PhotoSource([UInt8](repeating: 7, count: Int(size)))
            let copy = try await PhotoDescriptor.of(source, wholeUpTo: 512 << 20, in: directory.scratch, on: threads)
            defer { copy.close() }
            var status = stat()
            #expect(fstat(copy.descriptor, &status) == 0 && UInt64(status.st_size) == size)
            #expect(status.st_nlink == 0 && status.st_mode & 0o177 == 0 || size == PhotoDescriptor.memoryBytesMax)
            var byte: UInt8 = 0
            #expect(pwrite(copy.descriptor, &byte, 1, 0) < 0)
            #expect(pread(copy.descriptor, &byte, 1, off_t(size) - 1) == 1 && byte == 7)
        }
    }

    @Test func `a photo of which only the ends are copied needs room for these`() async throws {
        let directory = try ScratchFolder()
        let threads = ThreadPool(name: "copies", threads: 1)
        defer { threads.shutdown() }
        // More than the disk has.
        let wholeBytesMax: UInt64 = 10 << 40
        let source = PhotoSource(size: wholeBytesMax + 1, file: nil) { range in
            [UInt8](repeating: range.lowerBound == 0 ? 1 : 2, count: range.count)
        }
        let copy = try await PhotoDescriptor.of(source, wholeUpTo: wholeBytesMax, in: directory.scratch, on: threads)
        defer { copy.close() }
        var byte: UInt8 = 0
        #expect(pread(copy.descriptor, &byte, 1, off_t(wholeBytesMax)) == 1 && byte == 2)
    }

    @Test func `without room for a copy nothing is tried`() async throws {
        let directory = try ScratchFolder()
        let source = PhotoSource([UInt8](repeating: 7, count: Int(PhotoDescriptor.memoryBytesMax) + 1))
        for scratch in [
            ScratchDirectory(path: directory.path, freeBytesMin: 1 << 60),
            ScratchDirectory(path: directory.path + "/missing", freeBytesMin: 0),
        ] {
            try await withPool(limits: testLimits(), scratch: scratch) { pool in
                let failure = await #expect(throws: DerivationFailure.self) { try await pool.derive(source) }
                let reason = "there is not enough disk space for a copy of the picture"
                #expect(failure == DerivationFailure(.unavailable, reason))
                try await pool.expectUsable()
            }
        }
    }

    @Test func `unreadable bytes are a temporary failure`() async throws {
        for size: UInt64 in [10, 2 << 20] {
            let source = PhotoSource(size: size, file: nil) { _ throws(UploadError) in
                throw UploadError(.unavailable(detail: "the disk is gone"))
            }
            try await withPool(limits: testLimits()) { pool in
                let failure = await #expect(throws: DerivationFailure.self) { try await pool.derive(source) }
                #expect(failure?.cause == .unavailable)
                try await pool.expectUsable()
            }
        }
    }

    @Test func `a picture larger than the limit is refused by its signature`() async throws {
        var limits = testLimits()
        limits.fileBytesMax = 1 << 20
        let picture = try Chart.picture().saved("jpegsave_buffer")
        try await withPool(limits: limits) { pool in
            let padding = [UInt8](repeating: 0, count: 1 << 20 - picture.count)
            _ = try await pool.derive(picture + padding)
            let failure = await pool.failure(deriving: picture + padding + [0])
            #expect(failure == DerivationFailure(.file, "the file has 2 MiB; the limit is 1 MiB"))
        }
    }

    @Test func `of a photo that is larger than a picture may be, both ends are copied`() {
        let (end, step) = (PhotoDescriptor.endBytes, 4 << 20 as UInt64)
        for size in [0, 1, step, step + 1, 2 * end] as [UInt64] {
            let ranges = PhotoDescriptor.ranges(of: size, wholeUpTo: 1)
            #expect(ranges.reduce(0) { $0 + UInt64($1.count) } == size)
        }
        let ranges = PhotoDescriptor.ranges(of: 10 * end, wholeUpTo: 10 * end - 1)
        #expect(ranges.first == 0..<step && ranges.last == 10 * end - step..<10 * end)
        #expect(ranges.reduce(0) { $0 + UInt64($1.count) } == 2 * end)
        #expect(
            zip(ranges, ranges.dropFirst()).filter { $0.upperBound != $1.lowerBound }.map(\.1.lowerBound) == [9 * end])
        #expect(PhotoDescriptor.ranges(of: 10 * end, wholeUpTo: 10 * end).reduce(0) { $0 + $1.count } == 10 * Int(end))
    }

    @Test func `two hundred pictures at once go through two workers`() async throws {
        let picture = try Chart.picture(width: 64, height: 48).saved("jpegsave_buffer")
        try await withPool(limits: testLimits(workers: 2)) { pool in
            let first = try await pool.derive(picture)
            try await withThrowingTaskGroup(of: PhotoDerivatives.self) { group in
                for _ in 0..<200 { group.addTask { try await pool.derive(picture) } }
                for try await photo in group { #expect(photo == first) }
            }
            #expect(pool.processIds.count <= 2)
        }
    }

    @Test func `more waiting calls than the limit are refused`() async throws {
        var limits = testLimits()
        limits.waitingMax = 0
        try await withPool(arguments: ["--inject-faults"], limits: limits) { pool in
            let busy = Task { await pool.failure(deriving: Array("wharf-fault: hang".utf8)) }
            _ = try await Processes.busyWorker(of: pool)
            let refused = await pool.failure(deriving: [1])
            #expect(refused == DerivationFailure(.unavailable, "too many pictures are waiting to be derived"))
            busy.cancel()
            #expect(await busy.value == DerivationFailure(.unavailable, "deriving the picture was cancelled"))
        }
    }

    @Test func `cancelling ends the picture's process, and a call that waits`() async throws {
        try await withPool(arguments: ["--inject-faults"], limits: testLimits()) { pool in
            let busy = Task { await pool.failure(deriving: Array("wharf-fault: spin".utf8)) }
            let (_, child) = try await Processes.busyWorker(of: pool)
            let waiting = Task { await pool.failure(deriving: [1]) }
            waiting.cancel()
            #expect(await waiting.value == DerivationFailure(.unavailable, "deriving the picture was cancelled"))
            busy.cancel()
            #expect(await busy.value?.cause == .unavailable)
            #expect(await Processes.areGone([child]))
            try await pool.expectUsable()
        }
    }

    @Test func `closing ends every process and every call`() async throws {
        let executable = try #require(WorkerExecutable.find(path: nil))
        let pool = try ImagingPool(executable: executable, arguments: ["--inject-faults"], limits: testLimits())
        let busy = Task { await pool.failure(deriving: Array("wharf-fault: hang".utf8)) }
        let (worker, child) = try await Processes.busyWorker(of: pool)
        await pool.close()
        #expect(await busy.value?.cause == .unavailable)
        #expect(await Processes.areGone([worker, child]))
        #expect(pool.processIds == [])
        let late = await pool.failure(deriving: [1])
        #expect(late?.cause == .unavailable)
        await pool.close()
    }

    @Test func `invalid limits are refused by name`() {
        var limits = ImagingLimits()
        limits.workers = 0
        let noWorkers = #expect(throws: InvalidPictureLimit.self) {
            try ImagingPool(executable: "/bin/true", limits: limits)
        }
        #expect(noWorkers?.description == "the limit of workers is 0; it must be from 1 to 256")
        limits = ImagingLimits()
        limits.picture.memoryBytes = 1 << 20
        #expect(throws: InvalidPictureLimit.self) { try limits.validate() }
    }
}

/// A directory for copies of photos.
private final class ScratchFolder: Sendable {
    let path: String
    var scratch: ScratchDirectory { ScratchDirectory(path: path, freeBytesMin: 0) }

    init() throws {
        var template = Array("/tmp/wharf-scratch-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { rmdir(path) }

    /// The names of its files.
    var names: [String] {
        guard let directory = opendir(path) else { return ["unreadable"] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
