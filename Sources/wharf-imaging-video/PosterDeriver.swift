import CFFmpeg
import Imaging
import ImagingWire
import ImagingWorker

/// Posters of videos, by FFmpeg's libraries.
struct PosterDeriver: FileDeriver {
    func start() -> Bool {
        av_log_set_level(AV_LOG_QUIET)
        return true
    }

    func derive(_ descriptor: Int32, _ request: PictureRequest) throws(ImagingError) -> DerivedPicture {
        let file = try VideoFile(descriptor)
        let input = try VideoInput(file, descriptor, request.limits)
        let decoder = try FrameDecoder(input, file.format, request.limits)
        var search = PosterSearch(input, decoder)
        guard let poster = search.best() else { throw ImagingError.problem(file.damage) }
        let isTurned = DisplayMatrix.isTurned(input.orientation)
        return try PicturePipeline.derive(
            poster.frame, of: file, orientation: input.orientation,
            width: UInt32(isTurned ? poster.height : poster.width),
            height: UInt32(isTurned ? poster.width : poster.height), isIncomplete: poster.isDamaged)
    }
}

/// Looks for the first frame that shows something.
struct PosterSearch {
    struct Poster {
        let frame: VideoFrame
        /// Of the video in square pixels, before it is turned.
        let width: Int
        let height: Int
        let isDamaged: Bool
        fileprivate let content: FrameContent
    }

    private let input: VideoInput
    private let decoder: FrameDecoder
    private var found: Poster?

    init(_ input: VideoInput, _ decoder: FrameDecoder) {
        self.input = input
        self.decoder = decoder
    }

    /// The first representative key frame; then the first such frame after the start; then the one with the most contrast.
    mutating func best() -> Poster? {
        var lastTime: Int64?
        for time in PosterChoice.times(ofDuration: input.durationMicroseconds) {
            if time > 0, !decoder.seek(toMicroseconds: time) { break }
            guard decoder.decodeKeyFrame() else { continue }
            // Between two times there may be no key frame.
            let frameTime = decoder.frame.pointee.best_effort_timestamp
            if let lastTime, lastTime == frameTime { continue }
            lastTime = frameTime
            if isEnough() { return found }
        }
        guard decoder.framesLeft > 0, decoder.seek(toMicroseconds: 0) else { return found }
        var count: UInt32 = 0
        while decoder.decodeNext() {
            if count % PosterChoice.stride == 0, isEnough() { return found }
            count += 1
        }
        return found
    }

    /// Keeps the current frame if it is better than what was found.
    ///
    /// - Returns: Whether the search is over.
    private mutating func isEnough() -> Bool {
        let aspect = av_guess_sample_aspect_ratio(input.context, input.stream, decoder.frame)
        let scaler = FrameScaler(decoder.frame, aspect: aspect)
        guard let frame = scaler.scaled() else { return false }
        let content = FrameContent(frame)
        let isBetter =
            found.map { content.contrast > $0.content.contrast || ($0.isDamaged && !decoder.isDamaged) } ?? true
        if isBetter {
            found = Poster(
                frame: frame, width: scaler.width, height: scaler.height, isDamaged: decoder.isDamaged,
                content: content)
        }
        return content.isRepresentative && !decoder.isDamaged
    }
}
