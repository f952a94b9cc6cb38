import ImagingWire
import Testing

@testable import Imaging

@Suite struct ExifDataTests {
    private let text = "2024:05:01 12:30:00"

    /// The Exif of a JPEG that has nothing else.
    private var sound: [UInt8] {
        let jpeg = Exif(orientation: 6, takenAt: text, hasPosition: true).added(toJPEG: [0xff, 0xd8])
        return Array(jpeg.dropFirst(6))
    }

    @Test("the time is found, with and without the marker in front")
    func found() {
        #expect(ExifData(sound)?.takenAt?.text == text)
        #expect(ExifData(Array(sound.dropFirst(6)))?.takenAt?.text == text)
    }

    @Test("the time is found behind the head of a JPEG's segment")
    func segment() {
        #expect(ExifData([0xff, 0xe1, 0x38, 0x26] + sound)?.takenAt?.text == text)
    }

    @Test("what is no TIFF is none", arguments: ["", "Exif\0\0", "Exif\0\0MMMM", "II"])
    func noTIFF(start: String) {
        #expect(ExifData(Array(start.utf8)) == nil)
    }

    @Test("Exif that ends anywhere, or has any byte changed, has a lawful time or none")
    func damaged() {
        for count in 0..<sound.count {
            #expect(ExifData(Array(sound.prefix(count)))?.takenAt?.text ?? text == text)
        }
        for index in sound.indices {
            for value in [UInt8(0), 0x7f, 0xff] {
                var changed = sound
                changed[index] = value
                #expect(ExifData(changed)?.takenAt?.text.utf8.count ?? 19 == 19)
            }
        }
    }
}
