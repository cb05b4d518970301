import TensorCore
import Testing

/// "No gradients" is a setting of the task, not of the process.
@Suite struct GradientModeTests {
    private let layer = Linear(ParameterScope(), inputs: 2, outputs: 2)
    private let x = Tensor([1.0, 2], shape: [1, 2])

    @Test func nothingIsRecordedInside() {
        let result = withoutGradients { layer(x) }
        #expect(!result.requiresGradient)
        #expect(layer(x).requiresGradient)
        #expect(result.scalars == layer(x).scalars)
    }

    @Test func theSettingEndsWithAnError() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
        #expect(layer(x).requiresGradient)
    }

    @Test func differentiationInsideRecords() {
        withoutGradients {
            let (_, gradients) = valueAndGradient { layer(x).sum() }
            #expect(gradients[layer.weight]?.scalars == [1, 2, 1, 2])
            #expect(!layer(x).requiresGradient)
        }
    }

    @Test func tasksDoNotDisturbEachOther() async {
        let (layer, x) = (layer, x)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for index in 0..<8 {
                group.addTask {
                    let records = index.isMultiple(of: 2)
                    var wrong = 0
                    for _ in 0..<50 {
                        let result = records ? layer(x) : withoutGradients { layer(x) }
                        if result.requiresGradient != records { wrong += 1 }
                        await Task.yield()
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test func childTasksInheritTheSettingAndDetachedOnesDoNot() async {
        let (layer, x) = (layer, x)
        let tasks = withoutGradients {
            (Task { layer(x).requiresGradient }, Task.detached { layer(x).requiresGradient })
        }
        #expect(await tasks.0.value == false)
        #expect(await tasks.1.value == true)
    }
}
