import ImagingPool
import ImagingWire
import UploadCore

/// What deriving photos may take.
extension Setting {
    static let imaging: [Setting] = [
        .text(
            "imaging", \.imaging,
            "Which `wharf-imaging` derives photos: `auto` looks beside `wharf` and along PATH, `off` derives nothing.",
            expects: "auto, off or the absolute path of wharf-imaging"
        ) {
            ImagingChoice($0)
        } write: {
            $0.description
        },
        .number(
            "imaging-workers", \.imagingLimits.workers, from: 1, "Photos that are derived at once, a process each."),
        .size("imaging-file-bytes-max", \.imagingLimits.fileBytesMax, from: 1, "Bytes of a file that is derived."),
        .number(
            "imaging-pixels-max", \.imagingLimits.picture.pixelsMax, from: 1,
            "Pixels of a baseline JPEG, PNG or TIFF that is derived."),
        .number(
            "imaging-whole-pixels-max", \.imagingLimits.picture.wholePixelsMax, from: 1,
            "Pixels of a picture that has to be decoded whole: progressive JPEG, interlaced PNG, WebP, HEIC, AVIF."),
        .number("imaging-gif-pixels-max", \.imagingLimits.picture.gifPixelsMax, from: 1, "Pixels of a GIF's canvas."),
        .number("imaging-jpeg-scans-max", \.imagingLimits.picture.jpegScansMax, from: 1, "Scans of a JPEG."),
        .size(
            "imaging-memory-bytes-max", \.imagingLimits.picture.memoryBytes, from: 1 << 30,
            "Address space of the process that decodes a photo."),
        .number(
            "imaging-compute-seconds-max", \.imagingLimits.picture.computeSeconds, from: 1,
            "Seconds of CPU that a photo may take."),
        .number(
            "imaging-seconds-max", \.imagingLimits.picture.seconds, from: 1,
            "Seconds after which the process of a photo is killed."),
        .number(
            "imaging-niceness", \.imagingLimits.picture.niceness,
            "By how much photos yield the processor to uploads, 0 to 19."),
        .number(
            "derivation-attempts-max", \.derivation.attemptsMax, from: 1,
            "Attempts at a photo whose process dies; then its memory has the original alone."),
        .duration(
            "derivation-retry", \.derivation.retryMilliseconds, from: 1,
            "How long after the first such attempt the next begins; each further one waits four times as long."),
        .duration(
            "derivation-retry-max", \.derivation.retryMillisecondsMax, from: 1, "The longest of these waits."),
        .duration(
            "derivation-pause", \.derivation.unavailableMilliseconds, from: 1,
            "How long a photo waits when the worker cannot be started or the store fails; no attempt counts then."),
    ]
}
