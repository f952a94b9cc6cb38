import CWebP
import ImagingWire

extension VipsPicture {
    /// A rendered picture of three or four bands as WebP, with nothing in it but the pixels. libwebp is called directly:
    /// libvips 8.14 cannot be kept from copying Exif, with its position, and ICC profiles into what it writes.
    func encoded(quality: Float, effort: Int32) throws(VipsError) -> EncodedPicture {
        var configuration = WebPConfig()
        var picture = WebPPicture()
        guard WebPConfigPreset(&configuration, WEBP_PRESET_DEFAULT, quality) != 0, WebPPictureInit(&picture) != 0 else {
            throw VipsError(message: "libwebp is of another version than its headers")
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
