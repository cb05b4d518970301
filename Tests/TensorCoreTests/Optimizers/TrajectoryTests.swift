import TensorCore
import TestSupport
import Testing

/// Two parameters whose gradients are those of `Scripts/goldens/optimizers.py`.
struct OptimizerRun {
    let goldens: StateDict
    let parameters: [Parameter]

    init() throws {
        goldens = try GoldenState.load("optimizers")
        let scope = ParameterScope()
        parameters = [
            scope.parameter("weight", shape: [3, 4], initializer: .zeros),
            scope.parameter("bias", shape: [3], initializer: .zeros),
        ]
        for parameter in parameters { parameter.value = try goldens.golden("start/" + parameter.path) }
    }

    /// The gradients of one step, made by differentiating a linear function.
    func gradients(at step: Int) throws -> Gradients {
        let slopes = try parameters.map { parameter in
            try goldens.golden("gradient/" + parameter.path).selecting(axis: 0, index: step)
        }
        return valueAndGradient {
            zip(parameters, slopes).map { ($0.value * $1).sum() }.reduce(Tensor(0)) { $0 + $1 }
        }.gradients
    }
}

/// Ten steps of every optimizer, element by element, on every backend.
@Suite struct TrajectoryTests {
    private func check(_ name: String, _ optimizer: any Optimizer, on device: Device) throws {
        try Devices.using(device) {
            var optimizer = optimizer
            let run = try OptimizerRun()
            for step in 0..<10 {
                optimizer.step(run.parameters, gradients: try run.gradients(at: step))
                for parameter in run.parameters {
                    let expected = try run.goldens.golden("\(name)/\(parameter.path)").selecting(axis: 0, index: step)
                    let problem = mismatch(parameter.value.detached(), expected)
                    #expect(problem == nil, "\(name), \(parameter.path) after step \(step)")
                }
            }
        }
    }

    @Test(arguments: Device.tested)
    func stochasticGradientDescent(device: Device) throws {
        try check("sgd", SGD(learningRate: 0.1), on: device)
        try check("sgd-momentum", SGD(learningRate: 0.1, momentum: 0.9), on: device)
        try check("sgd-nesterov", SGD(learningRate: 0.1, momentum: 0.9, nesterov: true), on: device)
        try check("sgd-decay", SGD(learningRate: 0.1, weightDecay: 0.05), on: device)
        let all = SGD(learningRate: 0.05, momentum: 0.8, weightDecay: 0.01, nesterov: true)
        try check("sgd-all", all, on: device)
    }

    @Test(arguments: Device.tested)
    func adam(device: Device) throws {
        try check("adam", Adam(learningRate: 1e-2), on: device)
        try check("adam-decay", Adam(learningRate: 1e-2, decay: .coupled(0.1)), on: device)
        try check("adam-constants", Adam(learningRate: 3e-2, betas: (0.7, 0.95), epsilon: 1e-3), on: device)
    }

    @Test(arguments: Device.tested)
    func adamW(device: Device) throws {
        try check("adamw", Adam.adamW(learningRate: 1e-2), on: device)
        try check("adamw-decay", Adam.adamW(learningRate: 1e-2, weightDecay: 0.3), on: device)
    }

    @Test(arguments: Device.tested, [1, 1e6] as [Float])
    func clipping(device: Device, limit: Float) throws {
        try Devices.using(device) {
            let run = try OptimizerRun()
            let name = limit == 1 ? "clip/1" : "clip/1e+06"
            var optimizer = SGD(learningRate: 0.5)
            let norm = optimizer.step(run.parameters, gradients: try run.gradients(at: 0), clippingTo: limit).scalar
            let expected = try run.goldens.golden(name + "/norm").scalar
            #expect(abs(norm - expected) <= 1e-5 * expected)
            for parameter in run.parameters {
                let value = try run.goldens.golden("\(name)/\(parameter.path)")
                #expect(mismatch(parameter.value.detached(), value) == nil, "\(parameter.path)")
            }
        }
    }

    @Test func frozenParametersStay() throws {
        let run = try OptimizerRun()
        let gradients = try run.gradients(at: 0)
        run.parameters[0].isTrainable = false
        let before = run.parameters.map { $0.value.scalars }
        for optimizer in [SGD(learningRate: 1), Adam(learningRate: 1, decay: .decoupled(0.5))] as [any Optimizer] {
            var optimizer = optimizer
            optimizer.step(run.parameters, gradients: gradients)
        }
        #expect(run.parameters[0].value.scalars == before[0])
        #expect(run.parameters[1].value.scalars != before[1])
    }
}
