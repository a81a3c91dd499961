// The floor: two sockets and the least JSON that can work. No agent, no turns, no marks, no interruption: as soon as the
// caller's words are there it says what it always says. Nothing that carries calls in this process can cost less.
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { REPLY } from './script.ts';
import { answerCalls, say, type TwilioMessage } from './yardstick.ts';

answerCalls((phone, speech) => {
  let streamSid = '';
  phone.on('message', (data: Buffer) => {
    const message: TwilioMessage = JSON.parse(data.toString());
    if (message.event === 'media')
      speech.send(`{"type":"input_audio_buffer.append","audio":"${message.media.payload}"}`);
    else if (message.event === 'start') streamSid = message.streamSid;
  });
  speech.on('message', (data: Buffer) => {
    const event: RealtimeServerEvent = JSON.parse(data.toString());
    if (event.type === 'response.output_audio.delta')
      phone.send(`{"event":"media","streamSid":"${streamSid}","media":{"payload":"${event.delta}"}}`);
    else if (event.type === 'conversation.item.input_audio_transcription.completed') say(speech, REPLY);
  });
});
