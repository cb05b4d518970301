/// A backend that computes on host memory wherever it lies: weights of a mapped file are used in place, without a copy.
///
/// Such memory is aligned to its element type only, and reading is all that is allowed.
public protocol HostMemoryBackend: Backend {}

extension ReferenceBackend: HostMemoryBackend {}

#if FSS_ONEDNN
extension OneDNNBackend: HostMemoryBackend {}
#endif
