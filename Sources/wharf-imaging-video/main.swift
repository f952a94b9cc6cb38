import ImagingWorker

// The worker process of `wharf serve` that derives posters of videos. See docs/imaging.md.

WorkerProgram(name: "wharf-imaging-video", PosterDeriver()).run(CommandLine.arguments.dropFirst())
