# `make demo` runs a rollout in the simulated region; `make test` passes the tests. Both set up what they need first.

PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: demo test check lint types unit seeds sweep turnaround canary crash-points mutants scale bench wheel synth bundle picture golden clean setup mocks parity iam sample aws-smoke aws-smoke-destroy step-functions-local

demo: .venv/.demo-ready bundle
	$(BIN)/rollout simulate examples/ten-instances.json

test: setup lint types unit

# Before each commit: a minute of one core, once the checkers' caches are filled.
check: setup lint types
	$(BIN)/pytest -q tests/architecture tests/decisions tests/graph tests/scenario

setup: .venv/.ready node_modules/.ready bundle

# What the simulator runs with. The rest, for those who develop, comes on top of it.
.venv/.demo-ready: pyproject.toml uv.lock
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { echo "Node 20 or newer is needed: CDK runs on it"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	$(BIN)/uv sync --frozen --inexact --no-default-groups --group workflow --extra cli --quiet
	touch $@

.venv/.ready: .venv/.demo-ready
	$(BIN)/uv sync --frozen --inexact --extra cli --quiet
	touch $@

node_modules/.ready: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	touch $@

bundle: .venv/.demo-ready
	$(BIN)/python -m workflow.download

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/pytest -n auto -m "not scale"

seeds: setup
	SEEDS=200 $(BIN)/pytest -n auto tests/rollouts/test_random_clusters.py

sweep: setup
	mkdir -p .build/sweep
	$(BIN)/rollout sweep --seeds 10000 --kept .build/sweep/fast.jsonl --page .build/sweep/fast.html
	$(BIN)/rollout sweep --seeds 500 --full --kept .build/sweep/full.jsonl --page .build/sweep/full.html

turnaround: setup
	$(BIN)/rollout turnaround --first 0 --seeds 100

canary: setup
	$(BIN)/rollout canary --first 0 --seeds 500

crash-points: setup
	$(BIN)/rollout crash-points examples/dev-cluster.json examples/provider-flip.json examples/blue-green.json

mutants: setup
	MUTANTS=all $(BIN)/pytest -n auto tests/mutants -rA

# Drawn pairs of policy and request, decided by the region and by another implementation of IAM.
iam: setup
	FIRST=$(or $(FIRST),0) PAIRS=$(or $(PAIRS),500) $(BIN)/pytest -q tests/iam/test_cross_check.py

# Executions that AWS has recorded, in our interpreters: RECORDINGS is a folder with executions/*.json. Writes the table.
parity: setup
	$(BIN)/rollout parity $(RECORDINGS) --page docs/parity.md

# Each Catch in amazon/aws-stepfunctions-local, by the mocks, for those who have Docker.
step-functions-local: setup
	@docker info >/dev/null 2>&1 || { echo "skipped: no Docker engine answers here"; exit 0; }; \
	docker compose up --detach --wait && \
	STEPFUNCTIONS_ENDPOINT=http://127.0.0.1:8083 $(BIN)/pytest -rs tests/mocks; \
	ended=$$?; docker compose down; exit $$ended

sample: setup
	CDK_OUTDIR=.build/sample CDK_CONTEXT_JSON='{"settings": "rollouts.toml", "sample": true}' $(BIN)/python app.py
	$(BIN)/rollout from-template .build/sample/EcsAmiRolloutSample.template.json --name sample-cluster \
		--description "The sample stack's cluster, from its synthesized template; its x86 node group rolls." \
		--input '{"capacity_provider": "rollout-sample-x86", "ami": "ami-0b111111111111111", "strategy": {"surge": "50%"}}' \
		> .build/sample-cluster.json
	mv .build/sample-cluster.json examples/
	$(BIN)/rollout simulate examples/sample-cluster.json

# In an AWS account, by its credentials: the stack, the sample cluster on the AMI before the newest, a plan, a rollout;
# recorded, and where the simulated region would have answered otherwise. What it costs and records: docs/sample.md.
PUBLIC := /aws/service/ecs/optimized-ami/amazon-linux-2023
BEFORE = $(BIN)/aws ssm get-parameters-by-path --path $(PUBLIC) --recursive --output text \
	--query "Parameters[?contains(Name, '/al2023-ami-ecs-hvm-') && ends_with(Name, 'x86_64/image_id')].Name" \
	| tr '\t' '\n' | sort | tail -2 | head -1
CDK := npx --yes aws-cdk@2.1148.1

aws-smoke: setup
	$(CDK) deploy --all --context sample=true --context settings=examples/sample.toml --require-approval never \
		--parameters EcsAmiRolloutSample:X86Ami=$$($(BEFORE))
	$(BIN)/rollout start --record .build/smoke/plan --dry-run examples/inputs/sample.json
	$(BIN)/rollout start --record .build/smoke/rollout examples/inputs/sample.json
	-$(BIN)/rollout compare .build/smoke/rollout examples/sample-cluster.json

aws-smoke-destroy: setup
	$(CDK) destroy --all --context sample=true --context settings=examples/sample.toml

mocks: setup
	mkdir -p examples/mocks
	$(BIN)/rollout mocks > .build/MockConfigFile.json && mv .build/MockConfigFile.json examples/mocks/

scale: setup
	$(BIN)/pytest -m scale -p no:randomly

bench: setup
	$(BIN)/python -m benchmarks.rollouts

wheel: setup
	$(BIN)/uv build --wheel --quiet --out-dir .build/dist
	@echo .build/dist/*.whl

synth: setup
	$(BIN)/python app.py

picture: setup
	$(BIN)/python -m workflow.picture

golden: setup
	$(BIN)/pytest tests/graph/test_golden.py --golden -p no:randomly

clean:
	rm -rf .venv .build cdk.out node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
