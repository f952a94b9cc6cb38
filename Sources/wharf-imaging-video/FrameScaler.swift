import CFFmpeg
import Imaging
import ImagingWire

/// Converts a decoded frame to RGB, in square pixels, no larger than the display rendition.
struct FrameScaler {
    /// A pixel that is stated to be wider or higher than so many times is taken for a square one.
    private static let aspectMax = 8.0

    /// Of the frame in square pixels, before it is turned.
    let width: Int
    let height: Int
    private let frame: UnsafeMutablePointer<AVFrame>

    /// - Parameter aspect: Width by height of a pixel.
    init(_ frame: UnsafeMutablePointer<AVFrame>, aspect: AVRational) {
        self.frame = frame
        let ratio = aspect.num > 0 && aspect.den > 0 ? Double(aspect.num) / Double(aspect.den) : 1
        let isUsable = (1 / Self.aspectMax...Self.aspectMax).contains(ratio)
        width = max(1, Int((Double(frame.pointee.width) * (isUsable ? ratio : 1)).rounded()))
        height = Int(frame.pointee.height)
    }

    /// nil if the format of the pixels cannot be converted.
    func scaled() -> VideoFrame? {
        let factor = min(1, Double(RenditionEdge.display) / Double(max(width, height)))
        let target = (
            width: max(1, Int((Double(width) * factor).rounded())),
            height: max(1, Int((Double(height) * factor).rounded()))
        )
        let isDeep = VideoFrame.isDeep(transfer: Int(frame.pointee.color_trc.rawValue))
        let samples: VideoFrame.Samples?
        if isDeep {
            samples = converted(to: AV_PIX_FMT_RGB48LE, target, as: UInt16.self).map { .sixteenBits($0) }
        } else {
            samples = converted(to: AV_PIX_FMT_RGB24, target, as: UInt8.self).map { .eightBits($0) }
        }
        return samples.map {
            VideoFrame(
                width: target.width, height: target.height, samples: $0,
                primaries: Int(frame.pointee.color_primaries.rawValue), transfer: Int(frame.pointee.color_trc.rawValue))
        }
    }

    private func converted<Sample: FixedWidthInteger>(
        to format: AVPixelFormat, _ target: (width: Int, height: Int), as sample: Sample.Type
    ) -> [Sample]? {
        let flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
        let scaler = sws_getContext(
            frame.pointee.width, frame.pointee.height, AVPixelFormat(rawValue: frame.pointee.format),
            Int32(target.width), Int32(target.height), format, Int32(flags), nil, nil, nil)
        guard let scaler else { return nil }
        defer { sws_freeContext(scaler) }
        setColours(of: scaler)
        // The scaler writes whole vectors beyond the end of a row.
        let rowSamples = (target.width * 3 + 63) / 64 * 64
        let padded = UnsafeMutableBufferPointer<Sample>.allocate(capacity: rowSamples * target.height + 64)
        defer { padded.deallocate() }
        padded.initialize(repeating: 0)
        guard let start = padded.baseAddress else { return nil }
        let plane = UnsafeMutableRawPointer(start).assumingMemoryBound(to: UInt8.self)
        let rowBytes = Int32(rowSamples * MemoryLayout<Sample>.stride)
        let isScaled = withUnsafePointer(to: &frame.pointee.data) { planes in
            withUnsafePointer(to: &frame.pointee.linesize) { strides in
                planes.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: 8) { planes in
                    strides.withMemoryRebound(to: Int32.self, capacity: 8) { strides in
                        sws_scale(
                            scaler, planes, strides, 0, frame.pointee.height, [plane, nil, nil, nil],
                            [rowBytes, 0, 0, 0]) == Int32(target.height)
                    }
                }
            }
        }
        guard isScaled else { return nil }
        var samples: [Sample] = []
        samples.reserveCapacity(target.width * target.height * 3)
        for row in 0..<target.height {
            samples += padded[row * rowSamples..<row * rowSamples + target.width * 3]
        }
        return samples
    }

    /// Matrix and range as the stream states them; of an unknown matrix that of its resolution, as players do.
    private func setColours(of scaler: OpaquePointer) {
        let matrix: Int32 =
            switch frame.pointee.colorspace {
            case AVCOL_SPC_BT709: SWS_CS_ITU709
            case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
            case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
            case AVCOL_SPC_FCC: SWS_CS_FCC
            case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
            default: frame.pointee.height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601
            }
        let fullFormats = [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P]
        let isFull =
            frame.pointee.color_range == AVCOL_RANGE_JPEG
            || fullFormats.contains(AVPixelFormat(rawValue: frame.pointee.format))
        sws_setColorspaceDetails(
            scaler, sws_getCoefficients(matrix), isFull ? 1 : 0, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16,
            1 << 16)
    }
}
