import CVips
import CWebP
import ImagingWire

extension VipsPicture {
    /// The upright picture with a longer edge of at most `edge`, never enlarged; computed on demand.
    ///
    /// - Parameter profileIntent: The rendering intent for converting from the embedded profile to sRGB; nil for no
    ///   conversion.
    func reduced(to edge: UInt32, profileIntent: String? = nil) throws(VipsError) -> VipsPicture {
        var call = VipsCall("thumbnail_image", [("in", .picture(self))])
        call.set("width", "\(edge)")
        call.set("height", "\(edge)")
        call.set("size", "down")
        if let profileIntent {
            call.set("export-profile", "srgb")
            call.set("intent", profileIntent)
        }
        return try call.output()
    }

    /// Converted to 8-bit sRGB with three bands, or four with alpha.
    func asPlainRGB() throws(VipsError) -> VipsPicture {
        var picture = self
        if vips_image_guess_interpretation(picture.image) != VIPS_INTERPRETATION_sRGB || picture.bands < 3 {
            picture = try VipsCall("colourspace", [("in", .picture(picture)), ("space", .text("srgb"))]).output()
        }
        if vips_image_get_format(picture.image) != VIPS_FORMAT_UCHAR {
            picture = try VipsCall("cast", [("in", .picture(picture)), ("format", .text("uchar"))]).output()
        }
        // The meaning of further bands is unknown.
        if picture.bands > 4 {
            picture = try VipsCall(
                "extract_band", [("in", .picture(picture)), ("band", .text("0")), ("n", .text("3"))]
            ).output()
        }
        guard picture.bands >= 3 else { throw VipsError(message: "\(picture.bands) bands are not a colour picture") }
        return picture
    }
}

extension VipsPicture {
    /// Encodes a rendered picture of three or four bands as WebP without metadata. libwebp is called directly, since
    /// libvips 8.14 always copies Exif, including the position, and ICC profiles.
    func encoded(quality: Float, effort: Int32) throws(VipsError) -> EncodedPicture {
        var configuration = WebPConfig()
        var picture = WebPPicture()
        guard WebPConfigPreset(&configuration, WEBP_PRESET_DEFAULT, quality) != 0, WebPPictureInit(&picture) != 0 else {
            throw VipsError(message: "libwebp and its headers have different versions")
        }
        defer { WebPPictureFree(&picture) }
        configuration.method = effort
        picture.width = Int32(width)
        picture.height = Int32(height)
        guard withPixels({ Self.take($0, bands: bands, into: &picture) }) else {
            throw VipsError(message: "libwebp cannot take the pixels (\(picture.error_code.rawValue))")
        }

        var memory = WebPMemoryWriter()
        WebPMemoryWriterInit(&memory)
        defer { WebPMemoryWriterClear(&memory) }
        let isEncoded = withUnsafeMutablePointer(to: &memory) { memory in
            picture.writer = WebPMemoryWrite
            picture.custom_ptr = UnsafeMutableRawPointer(memory)
            return WebPEncode(&configuration, &picture) != 0
        }
        guard isEncoded else { throw VipsError(message: "libwebp cannot encode (\(picture.error_code.rawValue))") }
        return EncodedPicture(
            width: UInt32(width), height: UInt32(height),
            bytes: Array(UnsafeRawBufferPointer(start: memory.mem, count: memory.size)))
    }

    private static func take(_ pixels: UnsafeRawBufferPointer, bands: Int, into picture: inout WebPPicture) -> Bool {
        let rowBytes = picture.width * Int32(bands)
        guard let start = pixels.baseAddress, pixels.count == Int(rowBytes) * Int(picture.height) else { return false }
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        return switch bands {
        case 3: WebPPictureImportRGB(&picture, bytes, rowBytes) != 0
        case 4: WebPPictureImportRGBA(&picture, bytes, rowBytes) != 0
        default: false
        }
    }
}
