import CFFmpeg
import Imaging
import ImagingWire

/// Decodes single frames of a video.
final class FrameDecoder {
    /// Packets of other streams, or without a frame, that are read in vain.
    private static let packetsMax = 10_000

    private let input: VideoInput
    private let codec: UnsafeMutablePointer<AVCodecContext>
    private let packet: UnsafeMutablePointer<AVPacket>
    /// The frame that was decoded last.
    let frame: UnsafeMutablePointer<AVFrame>
    private(set) var framesLeft: UInt32
    private var packetsLeft = packetsMax
    /// Whether the decoder has been told that no more packets follow.
    private var isDrained = false

    /// - Throws: `.problem`; `.failed` for lack of memory.
    init(_ input: VideoInput, _ format: PictureFormat, _ limits: PictureLimits) throws(ImagingError) {
        self.input = input
        framesLeft = limits.videoFramesMax
        guard let codec = avcodec_alloc_context3(input.decoder), let packet = av_packet_alloc(),
            let frame = av_frame_alloc()
        else { throw ImagingError.failed("no memory for a decoder") }
        (self.codec, self.packet, self.frame) = (codec, packet, frame)
        let parameters = input.stream.pointee.codecpar.pointee
        let (width, height) = (UInt64(max(0, parameters.width)), UInt64(max(0, parameters.height)))
        guard width * height <= limits.videoPixelsMax else {
            throw ImagingError.problem(
                .tooManyPixels(format, width: UInt32(width), height: UInt32(height), limit: limits.videoPixelsMax))
        }
        avcodec_parameters_to_context(codec, input.stream.pointee.codecpar)
        codec.pointee.pkt_timebase = input.stream.pointee.time_base
        // One process decodes one video: several videos at once cost less than several threads for one.
        codec.pointee.thread_count = 1
        codec.pointee.max_pixels = Int64(clamping: limits.videoPixelsMax)
        guard avcodec_open2(codec, input.decoder, nil) == 0 else {
            throw ImagingError.problem(.undecodable(format))
        }
    }

    deinit {
        var (codec, packet, frame): (UnsafeMutablePointer<AVCodecContext>?, _, _) = (
            codec, packet as UnsafeMutablePointer<AVPacket>?, frame as UnsafeMutablePointer<AVFrame>?
        )
        avcodec_free_context(&codec)
        av_packet_free(&packet)
        av_frame_free(&frame)
    }

    /// Whether the last frame shows less than it should.
    var isDamaged: Bool { frame.pointee.decode_error_flags != 0 || frame.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 }

    // MARK: - Frames

    /// Goes to the last key frame at or before a time.
    ///
    /// - Returns: Whether the demuxer could.
    func seek(toMicroseconds time: Int64) -> Bool {
        let start = input.context.pointee.start_time
        let (target, overflow) = time.addingReportingOverflow(start == wharf_av_no_time ? 0 : start)
        guard !overflow, av_seek_frame(input.context, -1, target, AVSEEK_FLAG_BACKWARD) >= 0 else { return false }
        restart()
        return true
    }

    private func restart() {
        avcodec_flush_buffers(codec)
        isDrained = false
    }

    /// Decodes the next key frame alone: no frame after it is waited for.
    ///
    /// - Returns: Whether there is one.
    func decodeKeyFrame() -> Bool {
        if isDrained { restart() }
        while framesLeft > 0, read() {
            guard packet.pointee.flags & AV_PKT_FLAG_KEY != 0 else { continue }
            send()
            drain()
            if receive() { return true }
            restart()
        }
        return false
    }

    /// Decodes the frame that follows in order.
    ///
    /// - Returns: Whether there is one.
    func decodeNext() -> Bool {
        while true {
            if receive() { return true }
            if isDrained { return false }
            if framesLeft > 0, read() { send() } else { drain() }
        }
    }

    /// The next packet of the video, which replaces the last one.
    private func read() -> Bool {
        while packetsLeft > 0 {
            packetsLeft -= 1
            av_packet_unref(packet)
            guard av_read_frame(input.context, packet) == 0 else { return false }
            if packet.pointee.stream_index == input.stream.pointee.index { return true }
        }
        return false
    }

    /// A packet that the decoder refuses is skipped.
    private func send() {
        framesLeft -= 1
        avcodec_send_packet(codec, packet)
    }

    private func drain() {
        avcodec_send_packet(codec, nil)
        isDrained = true
    }

    private func receive() -> Bool {
        av_frame_unref(frame)
        return avcodec_receive_frame(codec, frame) == 0 && frame.pointee.width > 0 && frame.pointee.height > 0
    }
}
