import ImagingWire
import Testing

@testable import Imaging

@Suite struct ExifDataTests {
    private let text = "2024:05:01 12:30:00"

    /// The Exif of a JPEG without other segments.
    private var sound: [UInt8] {
        let jpeg = Exif(orientation: 6, takenAt: text, hasPosition: true).added(toJPEG: [0xff, 0xd8])
        return Array(jpeg.dropFirst(6))
    }

    @Test func `the time is found, with and without the marker in front`() {
        #expect(ExifData(sound)?.takenAt?.text == text)
        #expect(ExifData(Array(sound.dropFirst(6)))?.takenAt?.text == text)
    }

    @Test func `the time is found behind the head of a JPEG's segment`() {
        #expect(ExifData([0xff, 0xe1, 0x38, 0x26] + sound)?.takenAt?.text == text)
    }

    @Test(arguments: ["", "Exif\0\0", "Exif\0\0MMMM", "II"])
    func `anything but a TIFF is refused`(start: String) {
        #expect(ExifData(Array(start.utf8)) == nil)
    }

    @Test func `truncated or altered Exif yields a well-formed time or none`() {
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
