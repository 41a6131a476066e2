# DeepSpeech.py, its importers and scripts, from the repository's root:
#
#   docker build -f bin/containers/training.Dockerfile -t deepspeech-training .
#   docker run -v ./data:/data deepspeech-training ./DeepSpeech.py --train_files /data/train.csv \
#       --checkpoint_dir /data/checkpoints --export_dir /data/model
#
# With --build-arg REQUIREMENTS=requirements-gpu.txt it brings CUDA; run it with --gpus all.
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-dev python3-venv \
        libboost-program-options-dev libboost-thread-dev libboost-system-dev
RUN python3 -m venv /opt/deepspeech
ENV VIRTUAL_ENV=/opt/deepspeech PATH=/opt/deepspeech/bin:$PATH HOME=/home/deepspeech \
    PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /home/deepspeech/DeepSpeech
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-gpu.txt ./
RUN pip install -r $REQUIREMENTS
COPY . .
# What scripts would build on first use: the client, and the programs that make scorers.
RUN bash -c '. bin/environment.sh && install_client' && python -c 'from util.lm import tools; \
        [tools.find_tool(name) for name in (*tools.KENLM_PROGRAMS, tools.OURS)]' && \
    rm -r build ~/.cache/deepspeech/*/objects

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg python3 \
        libboost-program-options1.74.0 libboost-system1.74.0 libboost-thread1.74.0 && \
    rm -rf /var/lib/apt/lists/* && useradd --uid 10001 --no-create-home deepspeech
COPY --from=build /opt/deepspeech /opt/deepspeech
COPY --from=build --chown=10001:10001 /home/deepspeech /home/deepspeech
ENV VIRTUAL_ENV=/opt/deepspeech PATH=/opt/deepspeech/bin:$PATH PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /home/deepspeech/DeepSpeech
USER deepspeech
CMD ["./DeepSpeech.py", "--help"]
