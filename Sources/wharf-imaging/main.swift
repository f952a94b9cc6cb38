import Imaging
import ImagingWire
import ImagingWorker

// The worker process of `wharf serve` that decodes pictures. See docs/imaging.md.

/// Pictures, by libvips.
struct PictureDeriver: FileDeriver {
    func start() -> Bool { true }

    func derive(_ descriptor: Int32, _ request: PictureRequest) throws(ImagingError) -> DerivedPicture {
        try PicturePipeline.derive(descriptor, limits: request.limits, fileBytesMax: request.fileBytesMax)
    }
}

WorkerProgram(name: "wharf-imaging", PictureDeriver()).run(CommandLine.arguments.dropFirst())
