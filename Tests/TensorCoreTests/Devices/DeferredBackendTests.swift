import TensorCore
import TestSupport
import Testing

/// The test device is what it claims to be: what relies on host memory or on finished work fails on it.
@Suite struct DeferredBackendTests {
    @Test func itsMemoryIsNotTheHosts() async {
        await #expect(processExitsWith: .failure) {
            let x = Tensor(ones: [4]).placed(on: Device(DeferredBackend()))
            print(x.buffer.address.load(as: Float.self))
        }
    }

    @Test func nothingIsDoneBeforeSomebodyWaits() {
        let (backend, device) = Self.make()
        let x = Tensor(repeating: 3, shape: [2], beside: Tensor(zeros: [1]).placed(on: device))
        let before = backend.executed
        let y = x * 2 + 1
        #expect(backend.executed == before)
        #expect(y.scalars == [7, 7])
        #expect(backend.executed > before)
    }

    @Test func freshMemoryIsNoNumber() {
        let (backend, _) = Self.make()
        let storage = backend.allocate(byteCount: 8)
        var found: [Float] = [0, 0]
        found.withUnsafeMutableBytes { backend.download(storage, to: $0) }
        #expect(found.allSatisfy { $0.isNaN })
    }

    @Test func memoryGoesBackBehindTheWorkThatUsesIt() {
        let (backend, device) = Self.make()
        var x = Tensor([1.0, 2], shape: [2]).placed(on: device)
        for _ in 0..<5000 { x = x + 1 }
        #expect(x.scalars == [5001, 5002])
        #expect(backend.memoryUsage?.liveBytes == 8)
    }

    @Test func operandsOfAnotherDeviceAreRefused() async {
        await #expect(processExitsWith: .failure) {
            let (_, device) = DeferredBackendTests.make()
            _ = (Tensor(ones: [2]).placed(on: device) + Tensor(ones: [2])).scalars
        }
    }

    private static func make() -> (DeferredBackend, Device) {
        let backend = DeferredBackend()
        return (backend, Device(backend))
    }
}
