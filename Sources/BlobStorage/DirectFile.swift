import DeliberateFaults
import DurableFiles
import Synchronization

/// The direct writes of one object, through a second open file from the first of them on.
///
/// open(2) advises against mixing direct and other writes in one file, for the sake of pages that both change. Here a block
/// belongs to one kind: whole blocks of a write are direct, and the rest, which shares its block with the writes before and
/// after it, goes through the page cache. Where bytes are sent again with other boundaries, the kernel writes back and
/// discards the pages of a direct write before it begins, and discards those that were read meanwhile when it ends.
final class DirectFile<Files: FileSystem>: Sendable {
    private enum State: Sendable {
        case unopened
        case open(Files.File)
        case unavailable
    }

    private let files: Files
    private let writing: DirectWriting
    private let state = Mutex(State.unopened)

    init(_ files: Files, _ writing: DirectWriting) {
        self.files = files
        self.writing = writing
    }

    /// Writes bytes to the object, as much of them directly as is worthwhile and possible. Blocks.
    ///
    /// - Parameter file: The object's file.
    /// - Returns: Whether any bytes were written directly.
    func write(
        _ bytes: UnsafeRawBufferPointer, at offset: UInt64, to file: Files.File
    ) throws(FileError) -> Bool {
        guard let part = writing.part(of: bytes, at: offset, files.directAlignment), let direct = opened(file) else {
            try files.write(file, bytes, at: offset)
            return false
        }
        try write(bytes, 0..<part.lowerBound, at: offset, to: file)
        var isDirect = true
        do throws(FileError) {
            try write(bytes, part, at: offset, to: direct)
        } catch {
            guard error.code == .invalid else { throw error }
            writing.refuse()
            isDirect = false
            try write(bytes, part, at: offset, to: file)
        }
        let shift: UInt64 = DeliberateFault.misplaceDirectTail.isOn ? 1 : 0
        try write(bytes, part.upperBound..<bytes.count, at: offset + shift, to: file)
        if DeliberateFault.roundDirectLengthUp.isOn { try writePastEnd(bytes.count, at: offset, to: file) }
        return isDirect
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, at offset: UInt64, to file: Files.File
    ) throws(FileError) {
        guard !range.isEmpty else { return }
        try files.write(file, UnsafeRawBufferPointer(rebasing: bytes[range]), at: offset + UInt64(range.lowerBound))
    }

    /// What a length that was rounded up to whole blocks would write: memory after the bytes.
    private func writePastEnd(_ count: Int, at offset: UInt64, to file: Files.File) throws(FileError) {
        let end = offset + UInt64(count)
        let blockBytes = UInt64(files.directAlignment?.blockBytes ?? 1)
        let count = Int((blockBytes - end % blockBytes) % blockBytes)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
        try files.write(file, UnsafeRawBufferPointer(memory), at: end)
    }

    /// The second open file. Whatever prevents it, such as a lack of descriptors, is no failure of a write.
    private func opened(_ file: Files.File) -> Files.File? {
        state.withLock { state in
            if case .open(let direct) = state { return direct }
            guard case .unopened = state else { return nil }
            state = .unavailable
            do throws(FileError) {
                guard let direct = try files.openDirect(file) else { return nil }
                state = .open(direct)
                return direct
            } catch {
                if error.code == .invalid { writing.refuse() }
                return nil
            }
        }
    }

    /// The open file, for its owner to close. Nothing is written afterwards.
    func takeForClosing() -> Files.File? {
        state.withLock { state in
            defer { state = .unavailable }
            if case .open(let direct) = state { return direct }
            return nil
        }
    }
}
