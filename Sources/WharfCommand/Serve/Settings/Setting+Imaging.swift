import ImagingPool
import ImagingWire
import UploadCore
import UploadDerivation
import UploadMemories

/// Resources and retries of derivations.
extension Setting {
    static let imaging: [Setting] = [
        .text(
            "imaging", \.imaging,
            "The `wharf-imaging` executable: `auto` looks beside `wharf` and along PATH, `off` disables derivation.",
            expects: "auto, off or the absolute path of wharf-imaging"
        ) {
            ImagingChoice($0)
        } write: {
            $0.description
        }.applying(to: .anyServer),
        .text(
            "imaging-video", \.imagingVideo,
            "The `wharf-imaging-video` executable, for posters of videos: `auto` looks beside `wharf` and along PATH, "
                + "`off` makes none.",
            expects: "auto, off or the absolute path of wharf-imaging-video"
        ) {
            ImagingChoice($0)
        } write: {
            $0.description
        },
        .choice(
            "imaging-sandbox", \.imagingLimits.sandbox,
            "`available` needs seccomp and logs which other layers of the sandbox are missing; "
                + "`require` decodes nothing without them, and permits no executable memory."),
        .number(
            "imaging-workers", \.imagingLimits.workers, from: 1, "Photos derived at once, each in a process of its own."
        ),
        .size(
            "imaging-file-bytes-max", \.imagingLimits.fileBytesMax, from: 1,
            "Largest picture that is derived. A video may be larger."),
        .number(
            "imaging-pixels-max", \.imagingLimits.picture.pixelsMax, from: 1,
            "Most pixels of a baseline JPEG, PNG or TIFF."),
        .number(
            "imaging-whole-pixels-max", \.imagingLimits.picture.wholePixelsMax, from: 1,
            "Most pixels of a picture decoded as a whole: progressive JPEG, interlaced PNG, WebP, HEIC, AVIF."),
        .number(
            "imaging-gif-pixels-max", \.imagingLimits.picture.gifPixelsMax, from: 1, "Most pixels of a GIF's canvas."),
        .number(
            "imaging-video-pixels-max", \.imagingLimits.picture.videoPixelsMax, from: 1,
            "Most pixels of a video's frame."
        ).applying(to: .videos),
        .size(
            "imaging-video-read-bytes-max", \.imagingLimits.picture.videoReadBytesMax, from: 1 << 20,
            "Most bytes that are read of a video for its poster, however large it is."
        ).applying(to: .videos),
        .number(
            "imaging-video-frames-max", \.imagingLimits.picture.videoFramesMax, from: 1,
            "Most frames of a video that are decoded for its poster."
        ).applying(to: .videos),
        .number("imaging-jpeg-scans-max", \.imagingLimits.picture.jpegScansMax, from: 1, "Most scans of a JPEG."),
        .size(
            "imaging-memory-bytes-max", \.imagingLimits.picture.memoryBytes, from: 1 << 30,
            "Address space of the process that decodes a photo."),
        .number(
            "imaging-compute-seconds-max", \.imagingLimits.picture.computeSeconds, from: 1,
            "CPU time per photo, in seconds."),
        .number(
            "imaging-seconds-max", \.imagingLimits.picture.seconds, from: 1,
            "Time per photo, in seconds, after which its process is killed."),
        .number(
            "imaging-niceness", \.imagingLimits.picture.niceness,
            "Niceness of the workers, 0 to 19: the higher, the more uploads are preferred."),
        .size(
            "derivation-cache-bytes-max", \.derivation.cacheBytesMax,
            "Memory for finished renditions, for further uploads of the same bytes by the same caller."),
        .number(
            "derivation-attempts-max", \.derivation.attemptsMax, from: 1,
            "Attempts at a photo whose process dies; after the last its memory has the original alone."),
        .duration(
            "derivation-retry", \.derivation.retryMilliseconds, from: 1,
            "Delay after the first such attempt; each further delay is four times as long."),
        .duration(
            "derivation-retry-max", \.derivation.retryMillisecondsMax, from: 1, "Longest of these delays."),
        .duration(
            "derivation-pause", \.derivation.unavailableMilliseconds, from: 1,
            "Delay when no worker can be started or the store fails; such attempts do not count."),
    ]
}
