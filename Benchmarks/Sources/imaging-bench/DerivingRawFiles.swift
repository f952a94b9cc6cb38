import Glibc
import ImagingPool
import ImagingWire
import Measuring

/// Deriving raw files by their previews, and these previews alone: what finding a preview costs.
struct DerivingRawFiles {
    let options: Options
    /// What the raw files have as previews.
    let previews: [Photo]
    let directory: String

    func run() async throws -> Outcome {
        let files = try previews.enumerated().map { number, preview throws(BenchError) in
            let path = "\(directory)/\(number).dng"
            try RawFile(preview: preview.path, width: 6000, height: 4000).write(to: path)
            return try Photo(path: path)
        }
        let comparison = try await Comparison(
            rounds: options.isQuick ? 1 : options.rounds, warmUp: 0, turns: 1,
            [pool("raw", files), pool("preview", previews)])
        let row = Row(
            "CPU per raw file", nil, peer: "\(time(comparison.median("preview", \.cpuEach))) its preview as a JPEG",
            time(comparison.median("raw", \.cpuEach)),
            ratio: comparison.ratio(of: "raw", to: "preview", \.cpuEach), goal: .atMost(1.1))
        return Outcome(rows: [row], remarks: ["DNGs of 48 MB of raw data with a preview of 24 megapixels."])
    }

    private func pool(_ name: String, _ files: [Photo]) -> Leg {
        Leg(name) {
            var limits = ImagingLimits()
            limits.picture.niceness = 0
            return try await cost(ofDeriving: files) {
                try ImagingPool(executable: options.worker, limits: limits)
            }
        }
    }
}

/// A DNG (Adobe, 1.4) as cameras write them: a preview in the first directory, raw data in the second.
private struct RawFile {
    let preview: String
    let width: UInt32
    let height: UInt32

    /// A directory of TIFF 6.0 (section 2) with values of at most four bytes.
    private struct Directory {
        var entries: [(tag: UInt16, type: UInt16, count: UInt32, value: UInt32)]

        func bytes() -> [UInt8] {
            var bytes = little(UInt16(entries.count))
            for entry in entries {
                bytes += little(entry.tag) + little(entry.type) + little(entry.count) + little(entry.value)
            }
            return bytes + little(UInt32(0))
        }
    }

    func write(to path: String) throws(BenchError) {
        let jpeg = try contents(of: preview)
        let raw = [UInt8](repeating: 0x5A, count: Int(width) * Int(height) * 2)
        let (short, long, byte): (UInt16, UInt16, UInt16) = (3, 4, 1)
        let first = 8
        let second = first + 2 + 12 * 10 + 4
        let data = second + 2 + 12 * 8 + 4
        let directory = Directory(entries: [
            (254, long, 1, 1), (256, long, 1, width), (257, long, 1, height), (259, short, 1, 7), (262, short, 1, 6),
            (273, long, 1, UInt32(data)), (277, short, 1, 3), (279, long, 1, UInt32(jpeg.count)),
            (330, long, 1, UInt32(second)), (50706, byte, 4, 0x0000_0401),
        ])
        let rawDirectory = Directory(entries: [
            (254, long, 1, 0), (256, long, 1, width), (257, long, 1, height), (258, short, 1, 16), (259, short, 1, 1),
            (262, short, 1, 32803), (273, long, 1, UInt32(data + jpeg.count)), (279, long, 1, UInt32(raw.count)),
        ])
        let header = Array("II".utf8) + little(UInt16(42)) + little(UInt32(first))
        let bytes = header + directory.bytes() + rawDirectory.bytes() + jpeg + raw
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            guard count > 0 else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
            written += count
        }
    }

    private func contents(of path: String) throws(BenchError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchError("cannot read “\(path)”: errno \(errno)") }
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        let size = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, size, 0))
        }
    }
}

private func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
