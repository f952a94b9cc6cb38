import Glibc
import ImagingPool
import ImagingWire
import Measuring
import Synchronization
import UploadCore

/// Deriving the same three files from each photo, by Wharf and by other programs, with one process per core.
struct DerivingPhotos {
    let options: Options
    let photos: [Photo]
    let directory: String
    private let workers = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    init(options: Options, photos: [Photo], directory: String) {
        self.options = options
        self.photos = photos
        self.directory = directory
    }

    func run() async throws -> Outcome {
        let wharf = pool("wharf", [])
        // The system reports one peak for all children of a process, so the worker gets a parent process of its own.
        let alone = photos.prefix(1).flatMap { ["--worker", options.worker, "--alone", $0.path] }
        let workerPeak = try Command.run("/proc/self/exe", alone).peak
        let peaks = (thumbnail: try peak(vipsThumbnail), magick: try peak(imageMagick))
        let comparison = try await Comparison(
            rounds: options.isQuick ? 1 : options.rounds, warmUp: 0, turns: 1,
            [
                wharf, pool("in process", ["--in-process"]), endToEnd.leg(), commands("vipsthumbnail", vipsThumbnail),
                commands("ImageMagick", imageMagick),
            ])
        return Outcome(rows: rows(comparison, workerPeak, peaks), remarks: [remark])
    }

    private var endToEnd: EndToEnd {
        EndToEnd(options: options, directory: directory, count: photos.count, workers: workers)
    }

    private var remark: String {
        "CPU of all processes, their start included. All write the display at 2048, the thumb at 512 and the placeholder at 32 pixels"
            + " as WebP of effort 2; Wharf makes a ThumbHash besides, from the same decoding. `vipsthumbnail` is run once for each"
            + " file, as it makes one; ImageMagick makes all three in one run. End to end is `wharf put --photos` to"
            + " a server at power-loss: the CPU of the client, the server and its workers, from the first byte to the last memory."
    }

    // MARK: - Legs

    /// A pool, measured from its start to its end.
    private func pool(_ name: String, _ arguments: [String]) -> Leg {
        Leg(name) {
            var limits = ImagingLimits()
            limits.workers = workers
            limits.picture.niceness = 0
            return try await cost(ofDeriving: photos) {
                try ImagingPool(executable: options.worker, arguments: arguments, limits: limits)
            }
        }
    }

    private typealias Run = @Sendable (Photo, Int) throws(BenchError) -> (cpuSeconds: Double, peak: Int)

    private func commands(_ name: String, _ run: @escaping Run) -> Leg {
        Leg(name) {
            let (next, photos) = (Counter(), photos)
            let spent = Mutex(0.0)
            let watch = Stopwatch()
            try onThreads(workers) { thread throws(BenchError) in
                while let index = next.take(below: photos.count) {
                    let cpu = try run(photos[index], thread).cpuSeconds
                    spent.withLock { $0 += cpu }
                }
            }
            return Cost(
                seconds: watch.seconds, cpuSeconds: spent.withLock { $0 }, count: Double(photos.count))
        }
    }

    private func peak(_ run: Run) throws(BenchError) -> Int {
        try photos.prefix(1).map { photo throws(BenchError) in try run(photo, 0).peak }.max() ?? 0
    }

    private var vipsThumbnail: Run {
        let directory = directory
        return { photo, thread throws(BenchError) in
            var (cpuSeconds, peak) = (0.0, 0)
            for (edge, quality) in [(2048, 82), (512, 82), (32, 60)] {
                let output = "\(directory)/\(thread)-\(edge).webp[Q=\(quality),effort=2,strip]"
                let used = try Command.run("vipsthumbnail", [photo.path, "-s", "\(edge)x\(edge)>", "-o", output])
                cpuSeconds += used.cpuSeconds
                peak = max(peak, used.peak)
            }
            return (cpuSeconds, peak)
        }
    }

    private var imageMagick: Run {
        let directory = directory
        return { photo, thread throws(BenchError) in
            try Command.run(
                "convert",
                [
                    "-define", "jpeg:size=2048x2048", photo.path, "-auto-orient", "-strip", "-define", "webp:method=2",
                    "-quality", "82", "-resize", "2048x2048>", "-write", "\(directory)/\(thread)-m.webp",
                    "-resize", "512x512>", "-write", "\(directory)/\(thread)-n.webp",
                    "-quality", "60", "-resize", "32x32>", "\(directory)/\(thread)-o.webp",
                ])
        }
    }

    // MARK: - Rows

    private func rows(_ comparison: Comparison, _ workerPeak: Int, _ peaks: (thumbnail: Int, magick: Int)) -> [Row] {
        func cpu(_ leg: String) -> String { time(comparison.median(leg, \.cpuEach)) }
        func speed(_ leg: String) -> String { short(comparison.median(leg, \.perSecond)) + " photos/s" }
        let isolation = comparison.spread(["wharf", "in process"]) { $0[0].cpuEach - $0[1].cpuEach }
        return [
            Row(
                "CPU per photo", nil, peer: "\(cpu("vipsthumbnail")) vipsthumbnail", cpu("wharf"),
                ratio: comparison.ratio(of: "wharf", to: "vipsthumbnail", \.cpuEach), goal: .atMost(1.15)),
            Row(
                "…", nil, peer: "\(cpu("ImageMagick")) ImageMagick", cpu("wharf"),
                ratio: comparison.ratio(of: "wharf", to: "ImageMagick", \.cpuEach)),
            Row(
                "throughput, \(workers) workers", nil, peer: "\(speed("vipsthumbnail")) vipsthumbnail", speed("wharf"),
                ratio: comparison.ratio(of: "wharf", to: "vipsthumbnail", \.perSecond)),
            Row(
                "…", nil, peer: "\(speed("ImageMagick")) ImageMagick", speed("wharf"),
                ratio: comparison.ratio(of: "wharf", to: "ImageMagick", \.perSecond)),
            Row(
                "end to end, CPU per photo", nil, peer: "\(cpu("vipsthumbnail")) vipsthumbnail alone",
                cpu("end to end"),
                ratio: comparison.ratio(of: "end to end", to: "vipsthumbnail", \.cpuEach), goal: .atMost(1.15)),
            Row(
                "end to end, throughput", nil, peer: "\(speed("vipsthumbnail")) vipsthumbnail alone",
                speed("end to end"),
                ratio: comparison.ratio(of: "end to end", to: "vipsthumbnail", \.perSecond)),
            Row(
                "a process of its own for each photo, CPU", nil, peer: "\(cpu("in process")) in one process",
                time(isolation.median), ratio: comparison.ratio(of: "wharf", to: "in process", \.cpuEach)),
            Row(
                "the most memory of a process", nil,
                peer: "\(mebibytes(peaks.thumbnail)) vipsthumbnail, \(mebibytes(peaks.magick)) ImageMagick",
                mebibytes(workerPeak)),
        ]
    }
}

/// What a pool takes for some files, from its start to its end.
func cost(ofDeriving files: [Photo], by open: () throws -> ImagingPool) async throws -> Cost {
    let watch = Stopwatch()
    let before = rusage.of(RUSAGE_SELF).cpuSeconds + rusage.of(RUSAGE_CHILDREN).cpuSeconds
    let pool = try open()
    try await pool.check()
    try await withThrowingTaskGroup(of: Void.self) { group in
        for file in files { group.addTask { _ = try await pool.derive(file.source) } }
        try await group.waitForAll()
    }
    let seconds = watch.seconds
    // The CPU time of its processes is accounted for only after their end.
    await pool.close()
    let after = rusage.of(RUSAGE_SELF).cpuSeconds + rusage.of(RUSAGE_CHILDREN).cpuSeconds
    return Cost(seconds: seconds, cpuSeconds: after - before, count: Double(files.count))
}
