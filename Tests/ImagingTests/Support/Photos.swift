import Glibc
import ImagingPool
import Testing
import UploadCore
import UploadDerivation

/// Photos of real cameras, fetched by `scripts/test-photos`.
enum Photos: PictureFolder {
    static let folder: String = {
        // Tests are run in the package's folder.
        let named = getenv("PHOTOS").map { String(cString: $0) }
        return named ?? ".build-results/photos"
    }()

    static var arePresent: Bool { access(folder + "/complete", R_OK) == 0 }
}

/// Videos made by `scripts/test-videos`.
enum Videos: PictureFolder {
    static let folder: String = {
        let named = getenv("VIDEOS").map { String(cString: $0) }
        return named ?? ".build-results/videos"
    }()

    static let worker = WorkerExecutable.find(WorkerExecutable.videoName, path: nil)

    /// Whether there are videos, and a worker for them.
    static var arePresent: Bool { worker != nil && access(folder + "/complete", R_OK) == 0 }

    static func derived(_ name: String) async throws -> PhotoDerivatives {
        let bytes = try bytes(name)
        return try await withPool(video: worker, limits: testLimits()) { try await $0.derive(bytes) }
    }
}

extension DecodedWebP {
    /// The mean colours of the four quarters: top left, top right, bottom left, bottom right.
    var quarters: [Colour] {
        [(0, 0), (1, 0), (0, 1), (1, 1)].map { column, row in
            var (red, green, blue, count) = (0, 0, 0, 0)
            for y in (row * height / 2)..<((row + 1) * height / 2) {
                for x in (column * width / 2)..<((column + 1) * width / 2) {
                    let start = (y * width + x) * 4
                    red += Int(pixels[start])
                    green += Int(pixels[start + 1])
                    blue += Int(pixels[start + 2])
                    count += 1
                }
            }
            return Colour(UInt8(red / count), UInt8(green / count), UInt8(blue / count))
        }
    }
}
