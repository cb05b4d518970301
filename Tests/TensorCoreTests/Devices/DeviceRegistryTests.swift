import TensorCore
import TestSupport
import Testing

/// Devices are found by name, registered at run time, and say what they are.
@Suite struct DeviceRegistryTests {
    @Test func theBuildsDevicesAreKnown() throws {
        let reference = try Devices.named("reference")
        #expect(reference.backend === ReferenceBackend.shared)
        #expect(try Devices.named("reference:0") == reference)
        #expect(Devices.all.contains(reference) && Devices.all.contains(Devices.standard))
        #expect(reference.name == "reference" && "\(reference)" == "reference" && reference.index == 0)
        #expect(!reference.capabilities.runsLater)
        #expect(Devices.standard.summary.hasPrefix(Devices.standard.name))
        #expect(Devices.standard.threadCount >= 1)
    }

    @Test(arguments: ["tpu", "reference:1", "reference:x", "reference:-1", "", ":0"])
    func unknownNamesAreRefusedWithTheKnownOnes(name: String) {
        let error = #expect(throws: DeviceError.self) { try Devices.named(name) }
        let message = error?.description ?? ""
        #expect(message.contains("\"\(name)\"") && message.contains("reference"))
    }

    @Test func aRegisteredKindIsMadeWhenItIsAskedFor() throws {
        let made = [DeferredBackend(), DeferredBackend()]
        Devices.register("pair") { index in made.indices.contains(index) ? made[index] : nil }
        let second = try Devices.named("pair:1")
        #expect(second.backend === made[1])
        #expect(try Devices.named("pair").backend === made[0])
        #expect(try Devices.named("pair:1") == second)
        #expect(throws: DeviceError.self) { try Devices.named("pair:2") }
        #expect(Devices.all.filter { device in made.contains { $0 === device.backend } }.count == 2)
        #expect(second.capabilities.runsLater)
    }

    @Test func newTensorsFollowTheTask() async throws {
        let device = try Devices.named("reference")
        #expect(Devices.using(device) { Tensor(zeros: [2]).device } == device)
        let inside = await Devices.using(device) {
            await Task { Tensor(zeros: [2]).device }.value
        }
        #expect(inside == device)
        #expect(Devices.current == Devices.standard)
        #expect(Tensor(zeros: [2]).device == Devices.standard)
    }

    @Test func memoryIsCounted() throws {
        let device = Device(DeferredBackend())
        let tensor = Tensor(zeros: [64, 64]).placed(on: device)
        #expect(try #require(device.memoryUsage).liveBytes == tensor.count * 4)
        let onHost = try #require(Devices.standard.memoryUsage)
        #expect(onHost.peakBytes >= onHost.liveBytes)
    }
}
