import Glibc
import Measuring
import UploadCore
import UploadDerivation

/// A JPEG of 6000 × 4000 pixels made from a real photo.
struct Photo: Sendable {
    let path: String
    let source: PhotoSource

    static func make(_ count: Int, from folder: String, in scratch: String) throws(BenchError) -> [Photo] {
        let originals = ["Kleiber_by_Lukas_Baubkus", "seeding_by_Clements_Engelhardt", "Infinite-Sea_by_Aury88"]
        var photos: [Photo] = []
        for index in 0..<count {
            let path = "\(scratch)/\(index).jpg"
            try Command.run(
                "convert",
                [
                    "\(folder)/\(originals[index % originals.count]).jpg", "-resize", "6000x4000!", "-quality", "92",
                    path,
                ])
            photos.append(try Photo(path: path))
        }
        return photos
    }

    init(path: String) throws(BenchError) {
        self.path = path
        source = try Self.source(path)
    }

    private static func source(_ path: String) throws(BenchError) -> PhotoSource {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchError("cannot read “\(path)”: errno \(errno)") }
        var status = stat()
        fstat(descriptor, &status)
        return PhotoSource(size: UInt64(status.st_size), file: PhotoFile(descriptor: descriptor)) { range in
            [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, range.count, off_t(range.lowerBound)))
            }
        }
    }
}

/// A file that stays open while the benchmark runs.
private struct PhotoFile: OpenFile {
    let descriptor: CInt

    func prepare(_ range: Range<UInt64>) async {}
    func close() {}
}
