import Glibc
import ImagingPool
import ImagingWire
import Measuring
import UploadCore

/// Deriving the poster of a video by Wharf, and its first frame by `ffmpeg`, with one process per core.
struct DerivingVideos {
    /// A view that moves over a photo, so that frames have the detail of films.
    private struct Kind {
        let name: String
        let file: String
        let encoder: [String]
    }

    private static let kinds = [
        Kind(
            name: "1080p H.264, 16 Mbit/s", file: "1080p.mp4",
            encoder: ["-vf", view(frames: 60) + ",scale=1920:1080,format=yuv420p", "-c:v", "libx264", "-b:v", "16M"]),
        Kind(
            name: "2160p HEVC of 10 bits, 50 Mbit/s", file: "2160p.mov",
            encoder: [
                "-vf", view(frames: 60) + ",format=yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast", "-b:v",
                "50M",
                "-x265-params", "log-level=none", "-tag:v", "hvc1",
            ]),
    ]

    private static func view(frames: Int) -> String {
        "crop=3840:2160:x=(iw-3840)*n/\(frames):y=(ih-2160)*n/\(frames)"
    }

    let options: Options
    let directory: String
    private let workers = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    init(options: Options, directory: String) {
        self.options = options
        self.directory = directory
    }

    func run() async throws -> Outcome {
        var rows: [Row] = []
        for kind in Self.kinds { rows += try await self.rows(kind) }
        return Outcome(rows: rows, remarks: [remark])
    }

    private var remark: String {
        "CPU of all processes, their start included, for \(count) posters of one video. `ffmpeg -frames:v 1` with one thread writes the"
            + " display at 2048 pixels as WebP of effort 2; Wharf writes thumb, placeholder and ThumbHash besides, and starts a pool of"
            + " \(workers) workers."
    }

    private var count: Int { options.isQuick ? 2 : 16 }

    private func rows(_ kind: Kind) async throws -> [Row] {
        let path = "\(directory)/\(kind.file)"
        let photo = options.photos + "/Kleiber_by_Lukas_Baubkus.jpg"
        try Command.run(
            "ffmpeg",
            ["-nostdin", "-y", "-v", "error", "-loop", "1", "-i", photo, "-r", "30", "-frames:v", "60"] + kind.encoder
                + [path])
        let video = try Photo(path: path)
        let alone = ["--worker", options.worker, "--video-worker", options.videoWorker, "--alone", path]
        let peaks = (try Command.run("/proc/self/exe", alone).peak, try firstFrame(video, 0).peak)
        let comparison = try await Comparison(
            rounds: options.isQuick ? 1 : options.rounds, warmUp: 0, turns: 1, [pool(video), command(video)])
        func cpu(_ leg: String) -> String { time(comparison.median(leg, \.cpuEach)) }
        return [
            Row(
                kind.name + ": CPU per poster", nil, peer: "\(cpu("ffmpeg")) ffmpeg", cpu("wharf"),
                ratio: comparison.ratio(of: "wharf", to: "ffmpeg", \.cpuEach)),
            Row("… the most memory of a process", nil, peer: "\(mebibytes(peaks.1)) ffmpeg", mebibytes(peaks.0)),
        ]
    }

    private func pool(_ video: Photo) -> Leg {
        Leg("wharf") {
            var limits = ImagingLimits()
            limits.workers = workers
            limits.picture.niceness = 0
            return try await cost(ofDeriving: Array(repeating: video, count: count)) {
                try ImagingPool(executable: options.worker, video: options.videoWorker, limits: limits)
            }
        }
    }

    private func command(_ video: Photo) -> Leg {
        Leg("ffmpeg") {
            let next = Counter()
            let watch = Stopwatch()
            let before = rusage.of(RUSAGE_CHILDREN).cpuSeconds
            try onThreads(workers) { thread throws(BenchError) in
                while next.take(below: count) != nil { _ = try firstFrame(video, thread) }
            }
            return Cost(
                seconds: watch.seconds, cpuSeconds: rusage.of(RUSAGE_CHILDREN).cpuSeconds - before,
                count: Double(count))
        }
    }

    private func firstFrame(_ video: Photo, _ thread: Int) throws(BenchError) -> (cpuSeconds: Double, peak: Int) {
        try Command.run(
            "ffmpeg",
            [
                "-nostdin", "-y", "-v", "error", "-threads", "1", "-i", video.path, "-frames:v", "1", "-vf",
                "scale=2048:2048:force_original_aspect_ratio=decrease:flags=bicubic", "-c:v", "libwebp", "-quality",
                "82", "-compression_level", "2", "\(directory)/\(thread)-frame.webp",
            ])
    }
}
