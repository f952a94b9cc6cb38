import CFFmpeg
import Imaging
import ImagingWire

/// An open video and the stream in it that is shown.
final class VideoInput {
    /// What cameras and phones write, and what their files are converted to: the decoders of each coding, the preferred
    /// one first.
    private static let decoders: [AVCodecID: [String]] = [
        AV_CODEC_ID_H264: ["h264"], AV_CODEC_ID_HEVC: ["hevc"], AV_CODEC_ID_AV1: ["libdav1d", "libaom-av1"],
        AV_CODEC_ID_VP8: ["vp8"], AV_CODEC_ID_VP9: ["vp9"], AV_CODEC_ID_MJPEG: ["mjpeg"],
        AV_CODEC_ID_MPEG4: ["mpeg4"], AV_CODEC_ID_H263: ["h263"], AV_CODEC_ID_MPEG1VIDEO: ["mpeg1video"],
        AV_CODEC_ID_MPEG2VIDEO: ["mpeg2video"], AV_CODEC_ID_PRORES: ["prores"], AV_CODEC_ID_DVVIDEO: ["dvvideo"],
    ]

    /// Before a decoder is opened: of the bytes that a stream is probed with.
    private static let probeBytes = 4 << 20
    private static let streamsMax = 64

    let context: UnsafeMutablePointer<AVFormatContext>
    let stream: UnsafeMutablePointer<AVStream>
    let decoder: UnsafePointer<AVCodec>
    /// libavformat reads through it.
    private let input: DescriptorInput

    /// - Throws: `.problem`; `.failed` for lack of memory.
    init(_ file: VideoFile, _ descriptor: Int32, _ limits: PictureLimits) throws(ImagingError) {
        guard let input = DescriptorInput(descriptor, bytesMax: limits.videoReadBytesMax) else {
            throw ImagingError.failed("the file cannot be read")
        }
        self.input = input
        context = try Self.open(file, input)
        do throws(ImagingError) {
            (stream, decoder) = try Self.stream(of: context, file)
        } catch {
            Self.close(context)
            throw error
        }
    }

    deinit {
        Self.close(context)
    }

    private static func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    // MARK: - Opening

    /// The demuxer is that of the file's own signature; none is guessed, and none may open a second file.
    private static func open(
        _ file: VideoFile, _ input: DescriptorInput
    ) throws(ImagingError) -> UnsafeMutablePointer<AVFormatContext> {
        guard let demuxer = av_find_input_format(file.format.demuxer) else {
            throw ImagingError.problem(.noDecoder(file.format))
        }
        var context = avformat_alloc_context()
        guard let new = context else { throw ImagingError.failed("no memory for a demuxer") }
        new.pointee.pb = input.context
        new.pointee.io_open = { _, _, _, _, _ in wharf_av_refused }
        new.pointee.probesize = Int64(probeBytes)
        new.pointee.max_streams = Int32(streamsMax)
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        let names = Set(decoders.values.joined()).sorted().joined(separator: ",")
        for (name, value) in [
            ("codec_whitelist", names), ("format_whitelist", file.format.demuxer), ("protocol_whitelist", "none"),
            // Of QuickTime: no references to other files; edit lists, of which there may be any number, do not matter.
            ("enable_drefs", "0"), ("use_absolute_path", "0"), ("ignore_editlist", "1"),
        ] {
            av_dict_set(&options, name, value, 0)
        }
        // Frees the context if it fails.
        guard avformat_open_input(&context, nil, demuxer, &options) == 0, let opened = context else {
            throw ImagingError.problem(file.damage)
        }
        // Where the header does not say what the streams are.
        if !file.format.hasHeader { avformat_find_stream_info(opened, nil) }
        return opened
    }

    /// The video of the file: not a cover, the default one first, then the largest.
    private static func stream(
        of context: UnsafeMutablePointer<AVFormatContext>, _ file: VideoFile
    ) throws(ImagingError) -> (UnsafeMutablePointer<AVStream>, UnsafePointer<AVCodec>) {
        var streams: [UnsafeMutablePointer<AVStream>] = []
        for index in 0..<Int(context.pointee.nb_streams) {
            guard let stream = context.pointee.streams[index] else { continue }
            stream.pointee.discard = AVDISCARD_ALL
            let isCover = stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
            if stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO, !isCover { streams.append(stream) }
        }
        guard !streams.isEmpty else {
            throw ImagingError.problem(file.isCutOff ? file.damage : .noVideo(file.format))
        }
        let decodable = streams.compactMap { stream in decoder(of: stream).map { (stream, $0) } }
        guard let best = decodable.max(by: { rank($0.0) < rank($1.0) }) else {
            throw ImagingError.problem(.unknownCodec(file.format))
        }
        best.0.pointee.discard = AVDISCARD_DEFAULT
        return best
    }

    private static func rank(_ stream: UnsafeMutablePointer<AVStream>) -> (Int, Int64) {
        let parameters = stream.pointee.codecpar.pointee
        let isDefault = stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0
        return (isDefault ? 1 : 0, Int64(parameters.width) * Int64(parameters.height))
    }

    private static func decoder(of stream: UnsafeMutablePointer<AVStream>) -> UnsafePointer<AVCodec>? {
        for name in decoders[stream.pointee.codecpar.pointee.codec_id] ?? [] {
            if let decoder = avcodec_find_decoder_by_name(name) { return decoder }
        }
        return nil
    }

    // MARK: - What it says

    var durationMicroseconds: Int64 { context.pointee.duration }

    /// As in Exif.
    var orientation: Int {
        guard let matrix = wharf_av_display_matrix(stream) else { return 1 }
        return DisplayMatrix.orientation(Array(UnsafeBufferPointer(start: matrix, count: 9)))
    }
}

extension VideoFile {
    /// Why nothing of it can be shown.
    var damage: PictureProblem { isCutOff ? .incomplete(format) : .undecodable(format) }
}

extension PictureFormat {
    /// The name of libavformat's demuxer.
    fileprivate var demuxer: String {
        switch self {
        case .matroska, .webM: "matroska"
        case .avi: "avi"
        case .mpegTransportStream: "mpegts"
        case .mpegProgramStream: "mpeg"
        default: "mov"
        }
    }

    /// Whether the streams are described before their content.
    fileprivate var hasHeader: Bool { [.quickTime, .mp4, .matroska, .webM].contains(self) }
}

extension AVCodecID: @retroactive Hashable {}
