/// The marks of Google's motion photos in XMP, of both versions: `MotionPhoto` and `MicroVideo` with the value 1
/// (developer.android.com/media/platform/motion-photo-format).
package enum MotionPhotoMark {
    /// - Parameter xmp: The metadata as a picture has it.
    package static func isIn(xmp: [UInt8]) -> Bool {
        let text = String(decoding: xmp, as: UTF8.self)
        return ["MotionPhoto", "MicroVideo"].contains { name in
            ["=\"1\"", "='1'", ">1<"].contains { text.contains(":" + name + $0) }
        }
    }
}
