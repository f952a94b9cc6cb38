// `import Wharf` brings all that an embedder uses.
@_exported public import UploadCore
@_exported public import UploadDerivation
@_exported public import UploadMemories
