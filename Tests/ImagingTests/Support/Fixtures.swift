import Glibc
import SessionCore
import Testing
import UploadCore
import UploadDerivation

/// Small files, each of a kind that was derived wrongly once. All are made of `reference.png`.
enum Fixtures: PictureFolder {
    static let folder = "Tests/ImagingTests/Fixtures"
}

extension DecodedWebP {
    /// The mean difference of a component from another picture of the same size.
    ///
    /// - Parameter change: What the other's colours are expected to be here.
    func meanError(
        against other: DecodedWebP, _ change: (Colour) -> Colour = { $0 },
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Double {
        try #require((width, height) == (other.width, other.height), sourceLocation: sourceLocation)
        var sum = 0
        for start in stride(from: 0, to: pixels.count, by: 4) {
            let expected = change(Colour(other.pixels[start], other.pixels[start + 1], other.pixels[start + 2]))
            sum +=
                abs(Int(pixels[start]) - Int(expected.red)) + abs(Int(pixels[start + 1]) - Int(expected.green))
                + abs(Int(pixels[start + 2]) - Int(expected.blue))
        }
        return Double(sum) / Double(pixels.count / 4 * 3)
    }
}

extension CaptureTime {
    /// `2024-05-01 12:30:45.000`, and the zone in minutes.
    var text: String {
        func digits(_ number: Int, _ count: Int) -> String {
            String(repeating: "0", count: max(0, count - "\(number)".count)) + "\(number)"
        }
        let time = CivilTime(Timestamp(milliseconds: localMilliseconds))
        let date = [digits(time.year, 4), digits(time.month, 2), digits(time.day, 2)].joined(separator: "-")
        let clock = [digits(time.hour, 2), digits(time.minute, 2), digits(time.second, 2)].joined(separator: ":")
        let zone = zoneMinutes.map { " " + ($0 < 0 ? "" : "+") + "\($0)" } ?? ""
        return "\(date) \(clock).\(digits(time.millisecond, 3))\(zone)"
    }
}
