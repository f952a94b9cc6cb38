import ImagingWire

/// Decodes the formats for which libvips has no loader that may be used.
enum OwnDecoders {
    typealias Decoded = (origin: PictureFile.Origin, header: VipsPicture)

    static func bitmap(_ source: ByteSource, _ limits: PictureLimits) throws(ImagingError) -> Decoded {
        let decoder: BitmapDecoder
        do throws(DecoderFailure) {
            decoder = try BitmapDecoder(source)
        } catch {
            throw ImagingError.problem(error.isIncomplete ? .incomplete(.bmp) : .undecodable(.bmp))
        }
        return try pixels(.bmp, decoder.width, decoder.height, decoder.bands, "srgb", limits) {
            decoder.decode(into: $0)
        }
    }

    static func photoshop(
        _ source: ByteSource, _ limits: PictureLimits, _ times: inout CaptureTimes
    ) throws(ImagingError) -> Decoded {
        let decoder: PhotoshopDecoder
        do throws(DecoderFailure) {
            decoder = try PhotoshopDecoder(source)
        } catch {
            throw ImagingError.problem(error.isIncomplete ? .incomplete(.psd) : .undecodable(.psd))
        }
        times = decoder.times
        let space = decoder.isCMYK ? "cmyk" : decoder.bands < 3 ? "b-w" : "srgb"
        var decoded = try pixels(.psd, decoder.width, decoder.height, decoder.bands, space, limits) {
            decoder.decode(into: $0)
        }
        guard let profile = decoder.profile, case .pixels(let picture, let isComplete) = decoded.origin else {
            return decoded
        }
        do throws(VipsError) {
            decoded.header = try picture.with("icc-profile-data", profile)
        } catch {
            throw ImagingError.failed(error.message)
        }
        decoded.origin = .pixels(decoded.header, isComplete: isComplete)
        return decoded
    }

    /// - Parameter decode: Fills zeros with pixels; returns whether there were all of them, or nil for an unsupported
    ///   variant.
    private static func pixels(
        _ format: PictureFormat, _ width: Int, _ height: Int, _ bands: Int, _ space: String, _ limits: PictureLimits,
        _ decode: (UnsafeMutableBufferPointer<UInt8>) -> Bool?
    ) throws(ImagingError) -> Decoded {
        guard UInt64(width) * UInt64(height) <= limits.wholePixelsMax else {
            throw ImagingError.problem(
                .tooManyPixels(
                    format, width: UInt32(width), height: UInt32(height), limit: limits.wholePixelsMax))
        }
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width * height * bands)
        buffer.initialize(repeating: 0)
        defer { buffer.deallocate() }
        guard let isComplete = decode(buffer) else { throw ImagingError.problem(.undecodable(format)) }
        do throws(VipsError) {
            let picture = try VipsPicture(
                UnsafeBufferPointer(buffer), width: width, height: height, bands: bands, space: space)
            return (.pixels(picture, isComplete: isComplete), picture)
        } catch {
            throw ImagingError.failed(error.message)
        }
    }
}

/// Why a decoder refuses a file.
struct DecoderFailure: Error {
    /// Whether the file ends too early; otherwise it is invalid, or of a variant that is not read.
    let isIncomplete: Bool
}
