import Glibc
import ImagingPool
import Measuring

/// Measures deriving photos against `vipsthumbnail` and ImageMagick, which make the same three files, and posters of videos
/// against `ffmpeg`, in turns.
///
///     swift run -c release --package-path Benchmarks imaging-bench [--worker PATH] [--video-worker PATH] [--wharf PATH]
///         [--photos DIR] [--rounds N] [--only photos|raw|videos] [--quick] [--write]
@main
struct ImagingBench {
    static func main() async {
        do {
            try await measure(Options(Array(CommandLine.arguments.dropFirst())))
        } catch {
            note("imaging-bench: \(error)")
            exit(1)
        }
    }

    private static func measure(_ options: Options) async throws {
        if let path = options.alone {
            let pool = try ImagingPool(executable: options.worker, video: options.videoWorker)
            _ = try await pool.derive(Photo(path: path).source)
            await pool.close()
            return
        }
        let scratch = try Scratch(in: ".")
        defer { scratch.remove() }
        let start = Stopwatch()
        var report = Report(
            machine: try Machine(measuring: scratch.path), subject: "pictures", column: "Wharf",
            isQuick: options.isQuick)
        if !options.parts.isDisjoint(with: [.photos, .raw]) { try await addPhotos(to: &report, scratch, options) }
        if options.parts.contains(.videos) {
            let videos = DerivingVideos(options: options, directory: scratch.path)
            report.add("Posters of videos", try await videos.run())
        }
        report.finish(seconds: start.seconds)
        say(report.markdown)
        if options.writes { try report.append() }
    }

    private static func addPhotos(to report: inout Report, _ scratch: Scratch, _ options: Options) async throws {
        let directory = scratch.path + "/photos"
        guard mkdir(directory, 0o700) == 0 else { throw BenchError("cannot make \(directory)") }
        let photos = try Photo.make(options.isQuick ? 2 : 8, from: options.photos, in: directory)
        note("\(photos.count) photos (load \(Machine.load))")
        if options.parts.contains(.photos) {
            let bench = DerivingPhotos(options: options, photos: photos, directory: scratch.path)
            report.add("\(photos.count) JPEGs of 24 megapixels", try await bench.run())
        }
        if options.parts.contains(.raw) {
            let rawFiles = DerivingRawFiles(options: options, previews: photos, directory: directory)
            report.add("\(photos.count) raw files with previews of 24 megapixels", try await rawFiles.run())
        }
    }
}
